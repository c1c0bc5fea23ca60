"""What the payer says: promises rest everything, a picked day and "try again" name the next attempt."""

from dataclasses import replace
from datetime import date

import pytest
from dunwell.domain.customers import MessageKind
from dunwell.domain.decision import ActionKind, decide
from dunwell.domain.payers_word import (
    AskedTime,
    Complaint,
    Dispute,
    PayersWord,
    PickedDay,
    Promise,
    asked_time,
)
from dunwell.domain.payments import Outcome
from dunwell.domain.policies import PastDueAction, PastDuePolicy, RetryKind, RetryPolicy
from dunwell.domain.timing import EvenSpread

from tests.build import attempt, customer, day, eur, invoice, own_attempt, rules, sent_invoice, settings

FIRST = attempt(day(0))
GIVING_UP = PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, 30)


def promise(made=1, by=4):
    """Made on day `made`, ending with the day before `by`; it goes on at nine on day `by`."""
    return Promise(day(made), date(2026, 3, 1 + by), day(by, -9), day(by))


def told(*promises, **fields):
    return PayersWord(promises, **fields)


def decided(word, now, facts=None, attempts=(FIRST,), **chosen):
    facts = replace(facts or invoice(), word=word, read_at=now)
    return decide(facts, attempts, customer(), settings(**chosen), EvenSpread(), now)


def kinds(decision):
    return [message.kind for message in decision.wanted_messages]


def test_while_a_promise_runs_everything_rests():
    """No retry, no reminder, no final action; only the promise is confirmed. Looked at again as it ends."""
    found = decided(told(promise()), day(2), past_due=PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, 1))
    assert (found.next_action.kind, found.next_action.at) == (ActionKind.LOOK_AGAIN, day(4, -9))
    assert found.next_payment_attempt is None
    assert rules(found.reasons) == ["promised"]
    assert "by 2026-03-05" in found.reasons[0].text
    (message,) = found.wanted_messages
    assert (message.key, message.kind) == ("in_1:promise_confirmed:1", MessageKind.PROMISE_CONFIRMED)
    assert message.invoice_id == "in_1"
    assert (message.not_before, message.expires_at) == (day(1), day(4, -9))


def test_while_a_promise_runs_an_unknown_outcome_is_not_asked_for():
    """Sending its key again may be a charge, which was promised not to come; afterwards it is asked for."""
    unknown = own_attempt(1, day(1.9), outcome=Outcome.UNKNOWN, failure=None)
    found = decided(told(promise()), day(2), attempts=(FIRST, unknown))
    assert rules(found.reasons) == ["attempt_unresolved", "promised"]
    assert found.next_action.kind is ActionKind.LOOK_AGAIN
    assert decided(told(), day(2), attempts=(FIRST, unknown)).next_action.kind is ActionKind.RESOLVE_ATTEMPT


def test_a_promise_of_two_weeks_is_looked_at_within_a_week():
    """As everything is; its confirmation has the grace of any mail."""
    found = decided(told(promise(by=15)), day(2))
    assert found.next_action.at == day(9)
    assert found.wanted_messages[0].expires_at == day(4)


def test_a_broken_promise_resumes_by_itself():
    """The card is tried the next morning, and the customer is told that nothing has arrived."""
    found = decided(told(promise()), day(4, -9))
    assert found.next_payment_attempt == day(4)
    assert (
        found.planned_retry.reason == "the promise to pay by 2026-03-05 was not kept: tried on the day after"
    )
    broken = next(m for m in found.wanted_messages if m.kind is MessageKind.PROMISE_BROKEN)
    assert (broken.key, broken.invoice_id, broken.not_before) == ("in_1:promise_broken:1", "in_1", day(4, 1))
    assert broken.expires_at == day(7, -9)


def test_a_broken_promise_on_an_invoice_that_is_sent_is_told_of_at_once():
    """No card is tried first."""
    found = decided(told(promise()), day(4), sent_invoice(), attempts=())
    broken = next(m for m in found.wanted_messages if m.kind is MessageKind.PROMISE_BROKEN)
    assert broken.not_before == promise().resumes_at


def test_after_that_attempt_the_policy_goes_on():
    """The even schedule's next slot behind it."""
    found = decided(told(promise()), day(4, 1), attempts=(FIRST, own_attempt(1, day(4))))
    assert MessageKind.PROMISE_BROKEN not in kinds(found), "the mail about that attempt says enough"
    assert found.next_payment_attempt == day(5)
    assert "spread evenly" in found.planned_retry.reason


def test_the_window_lasts_until_a_broken_promise_was_followed():
    """Made on day 13, broken on day 20: the attempt of that morning is still made; without one it is over."""
    found = decided(told(promise(13, 20)), day(20, -9))
    assert found.next_payment_attempt == day(20)
    late = decided(PayersWord(), day(20, -9))
    assert late.next_payment_attempt is None


def test_reminders_whose_day_lay_within_the_promise_do_not_come_afterwards():
    """Due on day 14, promised until day 18: the ones of day 14 and 17 are gone, that of day 21 stays."""
    found = decided(told(promise(13, 18)), day(18, 1), sent_invoice(), ())
    assert [m.offset_days for m in found.wanted_messages if m.kind is MessageKind.REMINDER] == [-3, 7, 14]


def test_a_second_promise_rests_again_and_has_mails_of_its_own():
    """The last one counts."""
    word = told(promise(), promise(5, 8))
    assert rules(decided(word, day(6)).reasons) == ["promised"]
    assert decided(word, day(6)).wanted_messages[0].key == "in_1:promise_confirmed:2"
    assert decided(word, day(8)).next_payment_attempt == day(8)


def test_promises_can_be_kept_without_mails():
    """The switch of the settings."""
    chosen = {"messages": replace(settings().messages, promises=False)}
    assert decided(told(promise()), day(2), **chosen).wanted_messages == ()
    assert MessageKind.PROMISE_BROKEN not in kinds(decided(told(promise()), day(4), **chosen))


@pytest.mark.parametrize("complaint", Complaint)
def test_a_dispute_rests_everything_until_the_owner_has_answered(complaint):
    """Whatever was promised, however late it is."""
    word = told(promise(), dispute=Dispute(day(1), complaint, "I paid by bank transfer"))
    for facts in (invoice(), sent_invoice(), invoice(amount_paid=eur(4850), amount_remaining=eur(50))):
        found = decided(word, day(60), facts, past_due=GIVING_UP, tolerance={"eur": eur(100)})
        assert (found.next_action.kind, found.next_action.at) == (ActionKind.LOOK_AGAIN, day(67))
        assert found.wanted_messages == ()
        assert rules(found.reasons) == ["disputed"]
    assert complaint.replace("_", " ") in found.reasons[0].text


def test_the_card_is_tried_on_the_day_that_the_payer_picked():
    """Instead of the policy's own time, also where it would be later; mails and reasons tell that day."""
    for at in (day(1), day(7)):
        word = told(picked=PickedDay(day(0, 5), at.date(), at))
        found = decided(word, day(0, 6))
        assert found.next_payment_attempt == at
        assert found.planned_retry.reason == f"the customer chose {at.date()} for the next attempt"


def test_a_chosen_time_stays_as_any_other_does():
    """Until something is tried; then the policy chooses again."""
    word = told(picked=PickedDay(day(0, 5), date(2026, 3, 5), day(3)))
    first = decided(word, day(0, 6))
    again = decided(word, day(2), invoice(planned_retry=first.planned_retry))
    assert again.planned_retry == first.planned_retry
    after = decided(
        word,
        day(3, 1),
        invoice(planned_retry=first.planned_retry),
        attempts=(FIRST, own_attempt(1, day(3))),
    )
    assert after.next_payment_attempt == day(4)


def test_the_last_word_counts():
    """Picked a day, then asked for now; or promised, which was broken, then picked."""
    word = told(picked=PickedDay(day(0, 5), date(2026, 3, 5), day(3)), retry_asked_at=day(1))
    assert decided(word, day(1)).next_action.is_due(ActionKind.ATTEMPT_PAYMENT, day(1))
    assert asked_time(word, None, [], day(1)).at == day(1)
    later = replace(word, picked=PickedDay(day(1, 1), date(2026, 3, 6), day(4)))
    assert asked_time(later, None, [], day(1, 2)).at == day(4)
    broken = told(promise(), picked=PickedDay(day(5), date(2026, 3, 9), day(7)))
    assert decided(broken, day(5)).next_payment_attempt == day(7)


def test_a_wish_is_remembered_until_an_attempt_has_met_it():
    """Day 8 was picked; then "try now" failed on day 1: nothing is tried before day 8 all the same."""
    word = told(picked=PickedDay(day(0, 5), date(2026, 3, 10), day(8)), retry_asked_at=day(1))
    after = decided(word, day(1, 1), attempts=(FIRST, own_attempt(1, day(1))))
    assert after.next_payment_attempt == day(8)
    met = decided(word, day(8, 1), attempts=(FIRST, own_attempt(1, day(1)), own_attempt(2, day(8))))
    assert met.next_payment_attempt == day(9)


def test_a_wish_that_could_not_be_acted_on_for_a_day_is_over():
    """Charging was stopped for two days: "now" is long gone, the policy's own time counts."""
    word = told(retry_asked_at=day(0, 2))
    assert asked_time(word, None, [day(0)], day(1, 2)).at == day(0, 2)
    assert asked_time(word, None, [day(0)], day(1, 3)) is None
    assert decided(word, day(1, 3)).next_payment_attempt == day(2)


def test_trying_at_once_keeps_the_rules():
    """An hour after the last attempt at the earliest, however late that reached the bank; never after a hard
    decline, and within the policy."""
    word = told(retry_asked_at=day(0, 0.5))
    assert decided(word, day(0, 0.5)).next_payment_attempt == day(0, 1)
    asked_for = own_attempt(1, day(1), asked=1, asked_at=day(1, 0.3))
    again = told(retry_asked_at=day(1, 1.05))
    assert decided(again, day(1, 1.05), attempts=(FIRST, asked_for)).next_payment_attempt == day(1, 1.3)
    stolen = attempt(day(0), "stolen_card")
    assert decided(word, day(0, 2), attempts=(stolen,)).next_payment_attempt is None
    spent = RetryPolicy(RetryKind.CUSTOM, days_after_previous=(1,))
    used = (FIRST, own_attempt(1, day(1)))
    assert (
        decided(told(retry_asked_at=day(2)), day(2), attempts=used, retry=spent).next_payment_attempt is None
    )


def test_nothing_is_asked_where_nothing_was_said():
    """Nor when it was acted on already."""
    assert asked_time(PayersWord(), None, [], day(0)) is None
    assert asked_time(told(retry_asked_at=day(1)), None, [day(1)], day(2)) is None
    assert asked_time(told(retry_asked_at=day(1)), None, [day(0)], day(2)).at == day(1)


def test_a_chosen_language_comes_before_the_others():
    """Of this invoice's mails."""
    who = customer(preferred_locales=("de",))
    assert who.preferring("fr").preferred_locales == ("fr", "de")
    assert who.preferring(None) == who


def test_a_wish_says_whose_it_is():
    """The customer's own, or the owner's with who it was and why."""
    own = PayersWord(retry_asked_at=day(1))
    assert asked_time(own, None, (), day(1)) == AskedTime(
        day(1), day(1), "the customer asked to try again now"
    )
    owners = replace(own, retry_asked_by="on holiday (ada)")
    assert asked_time(owners, None, (), day(1)).reason == "the owner asked to try again now: on holiday (ada)"


def test_a_promise_is_put_behind_those_made_before():
    """All else that was said stays."""
    word = told(promise(), locale="de").with_promise(promise(5, 8))
    assert word == PayersWord((promise(), promise(5, 8)), locale="de")


def test_a_plan_that_stands_gives_way_to_a_time_that_is_asked_for():
    """What it rests on tells when it was asked; another one asked for later is another plan."""
    bases = set()
    for made in (None, day(1), day(1.5)):
        word = told(picked=PickedDay(made, date(2026, 3, 8), day(6))) if made else told()
        bases.add(decided(word, day(2)).planned_retry.basis)
    assert len(bases) == 3
