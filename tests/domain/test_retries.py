from dataclasses import replace
from datetime import timedelta

import pytest
from dunwell.domain.invoices import PlannedRetry
from dunwell.domain.limits import NETWORK_LATENESS_MAX
from dunwell.domain.payments import Failure, Origin, Outcome
from dunwell.domain.policies import RetryKind, RetryPolicy
from dunwell.domain.retries import FIRST_ATTEMPT_DELAY, plan_retry
from dunwell.domain.timing import Choice, EvenSpread

from tests.build import DAY_0, attempt, bank_debit, card, day, invoice, own_attempt, rules, settings

CUSTOM = RetryPolicy(RetryKind.CUSTOM, days_after_previous=(3, 5, 7))


def plan(attempts, now=None, *, facts=None, **chosen):
    """The plan for the plain invoice, or `facts`, shortly after the last attempt; it always says why."""
    at = now or (max((a.started_at for a in attempts), default=DAY_0) + timedelta(minutes=1))
    found = plan_retry(facts or invoice(), attempts, settings(**chosen), EvenSpread(), at)
    assert rules(found.reasons)
    return found


def test_by_default_a_failed_payment_is_retried_evenly():
    """The first of eight retries comes two days after the first failure."""
    assert plan([attempt(day(0))]).at == day(2)


def test_a_custom_rule_counts_days_after_the_attempt_before():
    """3, then 5, then 7 days; then nothing more."""
    attempts = [attempt(day(0))]
    for number, expected in ((1, 3), (2, 8), (3, 15)):
        found = plan(attempts, retry=CUSTOM)
        assert found.at == day(expected)
        assert "custom" in found.reasons[0].text
        assert f"retry {number} of 3" in found.reasons[0].text
        attempts.append(own_attempt(number, day(expected)))
    assert rules(plan(attempts, retry=CUSTOM).reasons) == ["retries_used"]


def test_a_custom_rule_may_be_as_long_as_the_ceiling():
    """Fifteen retries at most, whatever the list says."""
    policy = RetryPolicy(RetryKind.CUSTOM, days_after_previous=(1,) * 20)
    attempts = [attempt(day(0)), *(own_attempt(n, day(n * 3)) for n in range(1, 16))]
    assert plan(attempts[:15], retry=policy).at is not None
    assert rules(plan(attempts, retry=policy).reasons) == ["retries_used"]


def test_retries_can_be_switched_off():
    """The owner's settings retry nothing."""
    assert rules(plan([attempt(day(0))], retry=RetryPolicy(RetryKind.OFF)).reasons) == ["retries_off"]


def test_without_a_payment_method_nothing_can_be_charged():
    """The customer must add one."""
    assert rules(plan([], facts=invoice(payment_method=None)).reasons) == ["no_payment_method"]


def test_the_first_attempt_is_the_processors_own():
    """With auto_advance it comes by itself."""
    assert rules(plan([], facts=invoice(attempted=False)).reasons) == ["processor_attempts_first"]


def test_a_first_attempt_that_reached_no_bank_is_made_up_for():
    """The processor found no method to charge; now there is one."""
    assert plan([], day(3)).at == day(3, 1)


def test_a_payment_that_waits_for_the_payer_is_left_to_them():
    """It was begun, and only they can complete it."""
    assert rules(plan([attempt(day(0))], facts=invoice(payment_action_required=True)).reasons) == [
        "action_required"
    ]


def test_a_method_whose_card_is_not_known_is_never_tried_twice_at_once():
    """Its charges tell a card, the invoice only an id: what we meant to charge counts as tried."""
    bare = card(id="card_1", fingerprint=None, exp_month=None, exp_year=None)
    foreign = attempt(day(0), "insufficient_funds", method="fp_real/2030-01", method_id="card_9")
    first = plan([foreign], facts=invoice(payment_method=bare))
    assert first.at == day(0, 1)
    ours = own_attempt(1, day(0, 1), "insufficient_funds", method="fp_real/2030-01", intended=bare.identity)
    assert plan([foreign, ours], facts=invoice(payment_method=bare)).at == day(2, 1)
    stolen = own_attempt(1, day(0, 1), "stolen_card", method="fp_real/2030-01", intended=bare.identity)
    assert rules(plan([foreign, stolen], facts=invoice(payment_method=bare)).reasons) == ["hard_decline"]
    known = attempt(day(0), "stolen_card", method="fp_real/2030-01", method_id="card_1")
    assert rules(plan([known], facts=invoice(payment_method=bare)).reasons) == ["hard_decline"]


def test_the_first_attempt_is_ours_where_the_processor_makes_none():
    """A handed-over invoice without auto_advance, an hour after it was finalized."""
    assert plan([], facts=invoice(auto_advance=False, attempted=False)).at == DAY_0 + FIRST_ATTEMPT_DELAY
    unfinalized = invoice(auto_advance=False, attempted=False, finalized_at=None)
    assert plan([], facts=unfinalized).at == unfinalized.created_at + FIRST_ATTEMPT_DELAY


def test_a_chosen_time_stays_while_its_facts_do():
    """Asked again, even a day later, the plan says the same; a new attempt makes it choose anew."""
    first = plan([attempt(day(0))])
    kept = invoice(planned_retry=replace(first.planned, at=day(2, 5)))
    again = plan([attempt(day(0))], day(1), facts=kept)
    assert again.planned == kept.planned_retry
    assert rules(again.reasons) == ["retry_planned"]
    assert plan([attempt(day(0)), own_attempt(1, day(2))], facts=kept).at == day(4)


def test_another_last_attempt_chooses_anew_even_if_there_are_as_many():
    """A charge turned out to be somebody else's, and a later one ours."""
    kept = invoice(planned_retry=plan([attempt(day(0))]).planned)
    assert plan([attempt(day(1))], facts=kept).at == day(3)


def test_a_model_is_told_the_method_and_the_moment():
    """One that plans by the card's expiry, so many days from now as its month."""

    class ByExpiry:
        name = "expiry"

        def choose(self, policy, method, series, now):
            return Choice(now + timedelta(days=method.exp_month), "the card's month")

    found = plan_retry(invoice(), [attempt(day(0))], settings(), ByExpiry(), day(1))
    assert found.at == day(13)
    assert "expiry" in found.planned.basis


def test_a_changed_policy_chooses_anew():
    """The basis of the plan names the policy."""
    kept = invoice(planned_retry=plan([attempt(day(0))]).planned)
    assert plan([attempt(day(0))], facts=kept, retry=CUSTOM).at == day(3)


def test_the_payers_own_failed_try_moves_nothing():
    """It neither uses up a retry nor changes the time chosen."""
    kept = invoice(planned_retry=plan([attempt(day(0))]).planned)
    tried = attempt(day(1), "do_not_honor", origin=Origin.PAYER)
    assert plan([attempt(day(0)), tried], facts=kept) == plan([attempt(day(0))], facts=kept)


def test_the_payers_own_authentication_stops_nothing():
    """They may have given up a 3-D Secure dialogue; the card is still ours to try."""
    asked = attempt(day(1), origin=Origin.PAYER, outcome=Outcome.ACTION_REQUIRED)
    assert plan([attempt(day(0)), asked]).at == day(2)


@pytest.mark.parametrize("origin", list(Origin))
def test_a_hard_decline_stops_retries_on_that_card(origin):
    """Whoever made the attempt: the networks forbid to try this card again."""
    found = plan([attempt(day(0)), attempt(day(1), "stolen_card", origin=origin)])
    assert found.at is None
    assert rules(found.reasons) == ["hard_decline"]


def test_a_payers_own_try_hides_no_hard_decline_after_it():
    """They gave up a 3-D Secure dialogue; then the network said never."""
    asked = attempt(day(0), origin=Origin.PAYER, outcome=Outcome.ACTION_REQUIRED)
    assert rules(plan([asked, attempt(day(1), "stolen_card")]).reasons) == ["hard_decline"]


def test_a_hard_decline_of_an_unknown_card_stops_retries_too():
    """Unless the payer made it: theirs may have been another card."""
    assert plan([attempt(day(0), "lost_card", method=None)]).at is None
    assert plan([attempt(day(0)), attempt(day(1), "lost_card", method=None, origin=Origin.PAYER)]).at == day(
        2
    )


@pytest.mark.parametrize(
    "renewed",
    [card(fingerprint="fp_2"), card(exp_year=2033), card(id="pm_2", fingerprint="fp_9", exp_month=1)],
)
def test_a_new_payment_method_reopens_what_a_hard_decline_stopped(renewed):
    """Another fingerprint or expiry is tried at once."""
    found = plan([attempt(day(0), "lost_card")], day(5), facts=invoice(payment_method=renewed))
    assert found.at == day(5)
    assert "not tried yet" in found.reasons[0].text


def test_a_new_card_starts_the_window_anew_but_not_the_count():
    """Its own first failure opens the window; the retries used stay used."""
    renewed = card(fingerprint="fp_2")
    attempts = [
        attempt(day(0), "lost_card"),
        own_attempt(1, day(20), "insufficient_funds", method=renewed.identity),
    ]
    assert plan(attempts, facts=invoice(payment_method=renewed)).at == day(22)
    few = RetryPolicy(retries=1)
    assert rules(plan(attempts, facts=invoice(payment_method=renewed), retry=few).reasons) == ["retries_used"]


def test_the_processors_own_retries_count_against_the_policy():
    """After its engine has made its last retry ours does not add eight more."""
    attempts = [attempt(day(n)) for n in (0, 2, 4, 6)]
    assert rules(plan(attempts, retry=RetryPolicy(retries=3)).reasons) == ["retries_used"]
    assert plan(attempts, retry=RetryPolicy(retries=8)).at == day(7)


def test_an_advice_code_moves_a_retry_to_a_later_time():
    """Mastercard's 30 asks for ten days."""
    told = attempt(day(0), failure=Failure("do_not_honor", network_advice_code="30"))
    found = plan([told], facts=invoice(payment_method=card(brand="mastercard")))
    assert found.at == day(10)
    assert rules(found.reasons) == ["retry_planned", "advice_wait"]


def test_an_advice_that_asks_for_no_longer_wait_moves_nothing():
    """Mastercard's 26 asks for two days, which is when the retry falls anyway."""
    told = attempt(day(0), failure=Failure("do_not_honor", network_advice_code="26"))
    found = plan([told], facts=invoice(payment_method=card(brand="mastercard")))
    assert found.at == day(2)
    assert rules(found.reasons) == ["retry_planned"]


@pytest.mark.parametrize("code", ["01", "30"])
def test_a_networks_advice_means_nothing_on_anothers_card(code):
    """Mastercard's numbers on a Visa card neither stop nor move a retry."""
    told = attempt(day(0), failure=Failure("do_not_honor", network_advice_code=code))
    assert plan([told], facts=invoice(payment_method=card(brand="visa"))).at == day(2)


def test_a_used_up_card_waits_for_its_networks_window():
    """Fifteen attempts in thirty days, over all invoices."""
    busy = card(attempted_at=tuple(day(-20 + n) for n in range(15)))
    found = plan([attempt(day(0))], facts=invoice(payment_method=busy))
    assert found.at == day(10) + NETWORK_LATENESS_MAX
    assert rules(found.reasons) == ["retry_planned", "network_window"]


def test_a_late_retry_is_made_up_for_inside_the_window():
    """After an outage of three days the retry of day 2 is made on day 5, not dropped."""
    assert plan([attempt(day(0))], day(5)).at == day(2)


def test_a_retry_too_late_for_its_window_is_given_up():
    """A day after the window's end nothing is retried any more."""
    attempts = [attempt(day(0)), *(own_attempt(n, day(n * 1.5)) for n in range(1, 8))]
    assert plan(attempts, day(15)).at == day(14)
    assert rules(plan(attempts, day(15, 1)).reasons) == ["window_over"]


def test_a_window_without_room_ends_the_retries():
    """The model finds no time for another one."""
    attempts = [attempt(day(0)), *(own_attempt(n, day(14, n)) for n in range(1, 8))]
    assert rules(plan(attempts).reasons) == ["window_over"]


def test_a_bank_debit_follows_its_schemes_rules():
    """Within the scheme's codes it is retried like a card; outside not at all."""
    debit = bank_debit()
    returned = attempt(
        day(0), failure=Failure(code="insufficient_funds", network_decline_code="R01"), method=debit.identity
    )
    assert plan([returned], facts=invoice(payment_method=debit)).at == day(2)
    closed = replace(returned, failure=Failure(code="other", network_decline_code="R02"))
    assert rules(plan([closed], facts=invoice(payment_method=debit)).reasons) == ["scheme_rule"]


def test_bacs_ends_after_thirty_days():
    """A custom rule that reaches further is cut."""
    debit = bank_debit("bacs_debit")
    policy = RetryPolicy(RetryKind.CUSTOM, days_after_previous=(40,))
    returned = attempt(day(0), failure=Failure(code="insufficient_funds"), method=debit.identity)
    assert rules(plan([returned], facts=invoice(payment_method=debit), retry=policy).reasons) == [
        "window_over"
    ]


def test_a_call_the_processor_refused_is_repeated_a_day_later_three_times():
    """It used up nothing; after three an engineer must look."""
    refused = [own_attempt(n, day(2 + n), charged=False, outcome=Outcome.DECLINED) for n in range(3)]
    assert plan([attempt(day(0)), refused[0]]).at == day(3)
    assert plan([attempt(day(0)), *refused[:2]]).at == day(4)
    assert rules(plan([attempt(day(0)), *refused]).reasons) == ["processor_refuses"]


def test_a_kept_plan_is_of_the_same_shape():
    """What is planned is kept with its basis and its reason."""
    found = plan([attempt(day(0))])
    assert isinstance(found.planned, PlannedRetry)
    assert "even 8 in 14 days" in found.planned.basis
    assert found.planned.reason.startswith("retry 1 of 8")
