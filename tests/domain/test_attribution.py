from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from dunwell.domain.attribution import NOTHING_CHARGED, Charge, attribute
from dunwell.domain.payments import Attempt, Failure, Origin, Outcome

from tests.build import card, day, eur, own_attempt


def charge(name, at, outcome=Outcome.DECLINED, **fields):
    failure = Failure("insufficient_funds") if outcome is Outcome.DECLINED else None
    return replace(Charge(name, at, outcome, eur(4900), failure, card()), **fields)


def unresolved(number, at):
    return own_attempt(number, at, None, outcome=Outcome.UNKNOWN, charge_id=None)


def seconds(n):
    return timedelta(seconds=n)


def origins(found):
    return [attempt.origin for attempt in found]


def test_the_first_charge_is_the_processors_and_later_ones_the_payers():
    """The processor's count says how many of them its own engine made."""
    charges = [charge("ch_1", day(0)), charge("ch_2", day(1)), charge("ch_3", day(2))]
    found = attribute([], charges, 1, day(3), chargeable=True)
    assert origins(found) == [Origin.PROCESSOR, Origin.PAYER, Origin.PAYER]
    found = attribute([], charges, 3, day(3), chargeable=True)
    assert origins(found) == [Origin.PROCESSOR] * 3


def test_the_first_charge_is_the_processors_even_where_its_count_lags_behind():
    """Somebody made the first attempt, and it was not us; it stays theirs beside one of ours."""
    assert origins(attribute([], [charge("ch_1", day(0))], 0, day(3), chargeable=True)) == [Origin.PROCESSOR]
    own = own_attempt(1, day(2), charge_id="ch_2")
    charges = [charge("ch_1", day(0)), charge("ch_2", day(2))]
    for count in (0, 1):
        found = attribute([own], charges, count, day(3), chargeable=True)
        assert origins(found) == [Origin.PROCESSOR, Origin.DUNWELL]


def test_a_foreign_attempt_tells_all_that_its_charge_does():
    """What was tried, on what, and why it failed: rules and limits are kept over all attempts."""
    method = card(id="pm_9", kind="link")
    (found,) = attribute([], [charge("ch_1", day(0), method=method)], 1, day(3), chargeable=True)
    assert found == Attempt(
        "ch_1",
        Origin.PROCESSOR,
        day(0),
        Outcome.DECLINED,
        eur(4900),
        failure=Failure("insufficient_funds"),
        method=method.identity,
        method_id="pm_9",
        method_kind="link",
        charge_id="ch_1",
    )


def test_our_own_attempt_learns_from_its_charge_what_was_tried():
    """The call was told an id only; the list tells the card, and keeps the failure it knows nothing of."""
    own = own_attempt(1, day(2), charge_id="ch_2", method=None)
    listed = charge("ch_2", day(2), failure=None, method=card(id="pm_9", kind="link"))
    (found,) = attribute([own], [listed], 0, day(3), chargeable=True)
    assert (found.method, found.method_id, found.method_kind) == (card().identity, "pm_9", "link")
    assert found.failure == own.failure


def test_each_of_our_calls_takes_the_first_charge_that_is_left():
    """In the order of their numbers, however they are stored."""
    first, second = unresolved(1, day(2)), unresolved(2, day(2) + seconds(4))
    charges = [charge("ch_1", day(2)), charge("ch_2", day(2) + seconds(4))]
    for own in permutations([first, second]):
        found = attribute(own, charges, 0, day(3), chargeable=False)
        assert [(a.number, a.charge_id) for a in found] == [(1, "ch_1"), (2, "ch_2")]


@pytest.mark.parametrize(("after_s", "ours"), [(-6, False), (-5, True), (0, True), (120, True), (121, False)])
def test_a_charge_is_ours_when_it_was_made_while_the_call_ran(after_s, ours):
    """From five seconds before it (clocks differ) until two minutes after it began."""
    charges = [charge("ch_1", day(2) + seconds(after_s))]
    found = attribute([unresolved(1, day(2))], charges, 0, day(2, 1), chargeable=False)
    assert any(a.number and a.charge_id == "ch_1" for a in found) is ours


@pytest.mark.parametrize(
    ("told", "listed"),
    [(Outcome.PROCESSING, Outcome.SUCCEEDED), (Outcome.ACTION_REQUIRED, Outcome.DECLINED)],
)
def test_a_charge_that_says_more_than_we_were_told_is_still_ours(told, listed):
    """Processing ends either way, and the list calls a payment that needs the payer a failed one."""
    own = own_attempt(1, day(2), None, outcome=told, charge_id=None)
    (found,) = attribute([own], [charge("ch_2", day(2), listed)], 0, day(3), chargeable=True)
    assert (found.number, found.charge_id) == (1, "ch_2")


def test_the_order_of_the_list_does_not_matter():
    """A pure function of the facts: the same for any order in which they are told."""
    charges = [charge("ch_1", day(0)), charge("ch_2", day(1)), charge("ch_3", day(2))]
    told = {attribute([], order, 2, day(3), chargeable=True) for order in permutations(charges)}
    assert len(told) == 1


def test_our_own_attempt_is_found_by_its_charge():
    """It is not counted again as a foreign one, and takes the outcome that the list tells now."""
    own = own_attempt(1, day(2), charge_id="ch_2", outcome=Outcome.PROCESSING)
    found = attribute([own], [charge("ch_1", day(0)), charge("ch_2", day(2))], 1, day(3), chargeable=True)
    assert [(a.id, a.outcome) for a in found] == [
        ("ch_1", Outcome.DECLINED),
        ("dunwell-001", Outcome.DECLINED),
    ]
    assert found[1].failure == Failure("insufficient_funds")


def test_a_charge_that_is_not_listed_leaves_the_attempt_as_it_is():
    """A list may lag behind."""
    own = own_attempt(1, day(2), charge_id="ch_2")
    assert attribute([own], [], 1, day(3), chargeable=True) == (own,)


def test_a_success_without_a_charges_id_is_matched_by_time():
    """The answer to `pay` names no charge; the one made while the call ran is ours."""
    own = own_attempt(1, day(2), None, charge_id=None)
    charges = [charge("ch_1", day(0)), charge("ch_2", day(2), Outcome.SUCCEEDED)]
    found = attribute([own], charges, 1, day(3), chargeable=False)
    assert [a.charge_id for a in found] == ["ch_1", "ch_2"]
    assert found[1].origin is Origin.DUNWELL


def test_a_charge_that_contradicts_what_we_were_told_is_not_ours():
    """Somebody else's success at the same time as our decline."""
    own = own_attempt(1, day(2), charge_id=None)
    found = attribute([own], [charge("ch_2", day(2), Outcome.SUCCEEDED)], 0, day(3), chargeable=False)
    assert {(a.id, a.outcome) for a in found} == {
        ("dunwell-001", Outcome.DECLINED),
        ("ch_2", Outcome.SUCCEEDED),
    }


@pytest.mark.parametrize("hours", [1, 23])
def test_an_unknown_outcome_waits_for_its_key_while_the_invoice_can_be_charged(hours):
    """Within 23 hours the key proves more than the clock does."""
    own = unresolved(1, day(2))
    charges = [charge("ch_1", day(0)), charge("ch_2", day(2), Outcome.SUCCEEDED)]
    found = attribute([own], charges, 1, day(2, hours), chargeable=True)
    assert [a.outcome for a in found if a.number] == [Outcome.UNKNOWN]


@pytest.mark.parametrize(("chargeable", "now"), [(False, day(2, 1)), (True, day(3, 1))])
def test_an_unknown_outcome_is_matched_once_its_key_proves_nothing_more(chargeable, now):
    """The invoice is closed, or the key too old: the charge made meanwhile was ours."""
    charges = [charge("ch_1", day(0)), charge("ch_2", day(2), Outcome.SUCCEEDED)]
    found = attribute([unresolved(1, day(2))], charges, 1, now, chargeable=chargeable)
    assert [(a.number, a.outcome) for a in found if a.number] == [(1, Outcome.SUCCEEDED)]


def test_an_unknown_call_that_left_no_charge_on_a_closed_invoice_did_nothing():
    """It is recorded as a call that no bank heard of."""
    (found,) = attribute([unresolved(1, day(2))], [], 0, day(2, 1), chargeable=False)
    assert (found.outcome, found.charged, found.failure) == (Outcome.DECLINED, False, NOTHING_CHARGED)


def test_a_call_that_may_still_be_running_is_left_alone():
    """Two minutes at the longest."""
    own = unresolved(1, day(2))
    for now in (day(2) + seconds(36), day(2) + seconds(120)):
        assert attribute([own], [], 0, now, chargeable=False) == (own,)


def test_an_unproven_attempt_stays_unknown():
    """On an invoice that can be charged, without a charge, after its key has expired."""
    own = unresolved(1, day(2))
    assert attribute([own], [], 0, day(5), chargeable=True) == (own,)


def test_a_refused_call_has_no_charge():
    """It never takes one that somebody else made."""
    own = own_attempt(1, day(2), charged=False, charge_id=None)
    found = attribute([own], [charge("ch_2", day(2))], 1, day(3), chargeable=True)
    assert {a.id for a in found} == {"dunwell-001", "ch_2"}


def test_where_we_made_the_first_attempt_the_processor_counts_it_too():
    """Its count of 1 is then ours; a foreign charge is the payer's."""
    own = own_attempt(1, day(0), charge_id="ch_1")
    charges = [charge("ch_1", day(0)), charge("ch_2", day(1))]
    found = attribute([own], charges, 1, day(3), chargeable=True)
    assert origins(found) == [Origin.DUNWELL, Origin.PAYER]


def test_where_the_customer_pays_every_foreign_charge_is_theirs():
    """The processor never charges an invoice by itself that was sent."""
    found = attribute([], [charge("ch_1", day(0))], 1, day(3), chargeable=True, processor_charges=False)
    assert origins(found) == [Origin.PAYER]


def test_a_charge_made_when_we_asked_again_is_ours():
    """The second call made what the first had not."""
    own = replace(unresolved(1, day(2)), asked=1, asked_at=day(2, 5))
    charges = [charge("ch_2", day(2, 5), Outcome.SUCCEEDED)]
    (found,) = attribute([own], charges, 0, day(2, 6), chargeable=False)
    assert (found.charge_id, found.outcome) == ("ch_2", Outcome.SUCCEEDED)


def test_an_attempt_that_asked_for_the_payer_keeps_saying_so():
    """The list only knows that it failed."""
    own = own_attempt(1, day(2), charge_id="ch_2", outcome=Outcome.ACTION_REQUIRED)
    (found,) = attribute([own], [charge("ch_2", day(2))], 0, day(3), chargeable=True)
    assert found.outcome is Outcome.ACTION_REQUIRED


def test_a_success_forgets_the_failure_it_was_told():
    """A bank debit that was reported late as declined, and went through."""
    own = own_attempt(1, day(2), charge_id="ch_2")
    (found,) = attribute(
        [own], [charge("ch_2", day(2), Outcome.SUCCEEDED, method=None)], 0, day(3), chargeable=False
    )
    assert (found.outcome, found.failure, found.method) == (Outcome.SUCCEEDED, None, own.method)


def test_a_foreign_charge_without_a_method_is_kept_without_one():
    """Old charges do not tell it."""
    (found,) = attribute([], [charge("ch_1", day(0), method=None)], 1, day(3), chargeable=True)
    assert (found.method, found.method_kind) == (None, "card")


def test_of_several_charges_that_fit_the_one_over_our_amount_is_ours():
    """Whichever came first; where none is over it, the first one."""
    known = own_attempt(1, day(2), charge_id=None)
    other = charge("ch_1", day(2) + seconds(1), amount=eur(900))
    ours = charge("ch_2", day(2) + seconds(2))
    for charges, id_ in (([other, ours], "ch_2"), ([ours, other], "ch_2"), ([other], "ch_1")):
        found = attribute([known], charges, 0, day(3), chargeable=True)
        assert [attempt.charge_id for attempt in found if attempt.number] == [id_]
