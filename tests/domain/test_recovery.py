from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from dunwell.domain.customers import Feedback, MessageKind, MessageRecord, MessageState
from dunwell.domain.holdout import is_held_out
from dunwell.domain.invoices import Status
from dunwell.domain.payments import Failure, Origin, Outcome
from dunwell.domain.policies import Applied, RetryKind, RetryPolicy
from dunwell.domain.recovery import (
    Result,
    Retry,
    Tally,
    changes,
    recovery_of,
    tally_of,
    tally_of_mail,
)

from tests.build import attempt, day, eur, invoice, own_attempt, settings

FAILED = attempt(day(0), failure=Failure(decline_code="insufficient_funds"))
PAID = {"status": Status.PAID, "amount_paid": eur(4900), "amount_remaining": eur(0)}
BERLIN = settings(time_zone="Europe/Berlin")


def recovery(facts=None, attempts=(FAILED,), chosen=BERLIN, before=None, zone="Europe/Berlin"):
    return recovery_of(before, facts or invoice(), attempts, chosen, zone)


def retry(number, at, outcome):
    return replace(own_attempt(number, at), outcome=outcome)


def test_nothing_is_counted_while_no_payment_failed():
    """Nor the payer's own tries on the page, nor what never reached a bank."""
    succeeded = replace(FAILED, outcome=Outcome.SUCCEEDED)
    typed = replace(FAILED, origin=Origin.PAYER)
    refused = replace(FAILED, charged=False)
    assert [recovery(attempts=made) for made in ((), (succeeded,), (typed,), (refused,))] == [None] * 4


def test_what_turned_out_to_be_the_payers_own_try_is_counted_no_more():
    """And again once a payment fails after all, on the day of that."""
    begun = recovery()
    typed = recovery(attempts=(replace(FAILED, origin=Origin.PAYER),), before=begun)
    assert (typed.counts, tally_of(typed)) == (False, Tally(begun.failed_on))
    again = recovery(attempts=(replace(FAILED, id="ch_9", started_at=day(5)),), before=typed)
    assert (again.counts, again.failed_on) == (True, date(2026, 3, 7))


def test_what_failed_is_open_at_first():
    """All of it, on the day in the owner's zone."""
    late = replace(FAILED, started_at=datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    found = recovery(attempts=(late,))
    assert (found.failed_on, found.code, found.currency) == (date(2026, 3, 3), "insufficient_funds", "eur")
    assert (found.result, found.amount, found.open) == (Result.OPEN, 4900, 4900)
    assert (found.recovered, found.uncollectible, found.rest, found.recovered_by, found.days) == (
        0,
        0,
        0,
        None,
        None,
    )


def test_the_first_failure_counts():
    """In whatever order attempts are told; without a code it is unknown."""
    second = replace(FAILED, id="ch_9", started_at=day(3), failure=Failure(decline_code="lost_card"))
    assert recovery(attempts=(second, FAILED)).code == "insufficient_funds"
    assert recovery(attempts=(replace(FAILED, failure=None),)).code == "unknown"


@pytest.mark.parametrize(
    ("attempts", "by"),
    [
        ((FAILED, retry(1, day(3), Outcome.SUCCEEDED)), "dunwell"),
        ((FAILED, attempt(day(3), outcome=Outcome.SUCCEEDED)), "processor"),
        ((FAILED, attempt(day(3), outcome=Outcome.SUCCEEDED, origin=Origin.PAYER)), "payer"),
        ((FAILED,), "elsewhere"),
    ],
)
def test_what_is_paid_since_is_recovered_by_somebody(attempts, by):
    """After so many whole days."""
    found = recovery(invoice(**PAID, paid_at=day(3.9)), attempts)
    assert (found.result, found.recovered, found.open, found.rest) == (Result.RECOVERED, 4900, 0, 0)
    assert (found.recovered_by, found.days) == (by, 3)


def test_the_last_payment_recovered_it():
    """An earlier one paid a part."""
    part = attempt(day(1), id="ch_2", outcome=Outcome.SUCCEEDED, origin=Origin.PAYER)
    made = (FAILED, retry(1, day(3), Outcome.SUCCEEDED), part)
    assert recovery(invoice(**PAID, paid_at=day(3)), made).recovered_by == "dunwell"


def test_what_was_paid_before_the_failure_is_not_recovered():
    """A card was tried for the rest of an invoice paid in part: fixed when the recovery is first seen."""
    facts = invoice(amount_due=eur(6000), amount_paid=eur(1100), amount_remaining=eur(4900))
    begun = recovery(facts)
    assert (begun.paid_before, begun.recovered, begun.open) == (1100, 0, 4900)
    paid = replace(facts, status=Status.PAID, amount_paid=eur(6000), amount_remaining=eur(0), paid_at=day(2))
    assert recovery(paid, before=begun).recovered == 4900
    credited = replace(paid, amount_due=eur(4900))
    assert recovery(credited, before=begun).recovered == 4900, "a credit note later changes what is due"


@pytest.mark.parametrize(
    ("fields", "result", "amounts"),
    [
        ({"amount_paid": eur(900), "amount_remaining": eur(4000)}, Result.OPEN, (900, 4000, 0, 0)),
        (
            {"status": Status.UNCOLLECTIBLE, "amount_paid": eur(900), "amount_remaining": eur(4000)},
            Result.UNCOLLECTIBLE,
            (900, 0, 4000, 0),
        ),
        ({"status": Status.VOID}, Result.CREDITED, (0, 0, 0, 4900)),
        (
            {"status": Status.PAID, "amount_remaining": eur(0), "paid_at": day(4)},
            Result.RECOVERED,
            (4900, 0, 0, 0),
        ),
        (
            {"status": Status.PAID, "amount_paid": eur(4800), "amount_remaining": eur(0), "paid_at": day(4)},
            Result.RECOVERED,
            (4800, 0, 0, 100),
        ),
        ({"amount_paid": eur(9999), "amount_remaining": eur(10)}, Result.OPEN, (4900, 0, 0, 0)),
        ({"amount_remaining": eur(4000)}, Result.OPEN, (0, 4000, 0, 900)),
    ],
)
def test_what_failed_is_recovered_open_given_up_or_credited(fields, result, amounts):
    """To the minor unit."""
    found = recovery(invoice(**fields))
    assert found.result is result
    assert (found.recovered, found.open, found.uncollectible, found.rest) == amounts


def test_an_invoice_whose_payment_the_processor_does_not_know_was_paid_elsewhere():
    """`paid_out_of_band`: it is paid, and no payment is told."""
    found = recovery(invoice(status=Status.PAID, amount_remaining=eur(0), paid_at=day(2)))
    assert (found.result, found.recovered, found.recovered_by) == (Result.RECOVERED, 4900, "elsewhere")


def test_what_is_credited_away_after_a_payment_before_is_not_recovered():
    """Paid, by what had been paid before it failed, and a credit."""
    facts = invoice(amount_due=eur(6000), amount_paid=eur(1100), amount_remaining=eur(0), status=Status.PAID)
    found = recovery(facts)
    assert (found.result, found.recovered, found.rest) == (Result.CREDITED, 0, 4900)


def test_an_earlier_failure_that_is_heard_of_later_counts():
    """With its own day and amount; by what it is pursued stays."""
    facts = invoice(amount_due=eur(6000), amount_paid=eur(1100), amount_remaining=eur(4900))
    late = replace(FAILED, id="ch_9", started_at=day(4))
    begun = recovery(facts, (late,))
    early = replace(FAILED, amount=eur(6000))
    found = recovery(facts, (late, early), settings(), begun)
    assert (begun.failed_on, begun.paid_before) == (date(2026, 3, 6), 1100)
    assert (found.failed_on, found.paid_before, found.amount) == (date(2026, 3, 2), 0, 6000)
    assert (found.recovered, found.policy) == (1100, begun.policy)


def test_how_it_was_pursued_is_fixed_when_it_is_first_seen():
    """Its policy, its automation, its arm of the comparison; new settings do not move it."""
    smart = settings(retry=RetryPolicy(RetryKind.SMART, holdout_percent=50), applied=Applied("gold", "why"))
    begun = recovery(chosen=smart)
    arm = "holdout.50" if is_held_out("cus_1", 50) else "smart.50"
    assert (begun.policy, begun.automation, begun.arm) == ("smart", "gold", arm)
    assert 0 <= begun.bucket < 100
    later = recovery(chosen=settings(), before=begun)
    assert (later.policy, later.automation, later.arm, later.bucket) == ("smart", "gold", arm, begun.bucket)


def test_everybody_is_in_one_arm_where_something_is_compared():
    """Nobody where nobody is held out, where retries are not smart, or where invoices are only observed."""

    def arms(chosen):
        return {recovery(invoice(customer_id=f"cus_{n}"), chosen=chosen).arm for n in range(40)}

    smart = settings(retry=RetryPolicy(RetryKind.SMART, holdout_percent=50))
    assert arms(smart) == {"smart.50", "holdout.50"}
    assert arms(replace(smart, retry=RetryPolicy(RetryKind.SMART, holdout_percent=0))) == {None}
    assert arms(replace(smart, retry=RetryPolicy(RetryKind.EVEN, holdout_percent=50))) == {None}
    observing = replace(smart, active_since=None)
    assert arms(observing) == {None}
    assert recovery(chosen=observing).policy == "observed"


def test_customers_spread_over_buckets():
    """Always the same one for a customer."""
    found = {recovery(invoice(customer_id=f"cus_{n}")).bucket for n in range(400)}
    assert len(found) > 90
    assert recovery(invoice(customer_id="cus_7")).bucket == recovery(invoice(customer_id="cus_7")).bucket


def test_retries_are_told_in_the_customers_hours():
    """Monday is 0; ours that ended alone, numbered among all that count."""
    made = (
        FAILED,
        retry(1, datetime(2026, 3, 8, 23, 30, tzinfo=UTC), Outcome.DECLINED),
        retry(2, datetime(2026, 3, 10, 9, 5, tzinfo=UTC), Outcome.UNKNOWN),
        retry(3, datetime(2026, 3, 11, 9, 5, tzinfo=UTC), Outcome.SUCCEEDED),
    )
    assert recovery(attempts=made).retries == (Retry(2, 0, 0, False), Retry(4, 2, 10, True))
    assert recovery(attempts=made, zone="UTC").retries[0] == Retry(2, 6, 23, False)


def test_it_counts_in_every_section():
    """Nothing that is zero."""
    smart = settings(retry=RetryPolicy(RetryKind.SMART, holdout_percent=50), time_zone="UTC")
    made = (FAILED, retry(1, day(1), Outcome.DECLINED), retry(2, day(3), Outcome.SUCCEEDED))
    found = recovery(invoice(**PAID, paid_at=day(3)), made, smart, zone="UTC")
    whole = {"failed": 1, "failed_amount": 4900, "recovered": 1, "recovered_amount": 4900}
    assert tally_of(found) == Tally(
        date(2026, 3, 2),
        {
            "eur#total": whole,
            "eur#code": {f"insufficient_funds|{name}": n for name, n in whole.items()},
            "eur#automation": {f"|{name}": n for name, n in whole.items()},
            "eur#policy": {f"smart|{name}": n for name, n in whole.items()},
            "eur#by": {"dunwell|recovered": 1, "dunwell|recovered_amount": 4900},
            "eur#days": {"3|recovered": 1, "3|recovered_amount": 4900},
            f"eur#arm.{found.arm}": {f"{found.bucket}|{name}": n for name, n in whole.items()},
            "retries#number": {"2|tried": 1, "3|tried": 1, "3|paid": 1},
            "retries#hour": {"1.9|tried": 1, "3.9|tried": 1, "3.9|paid": 1},
        },
    )


def test_what_is_open_has_no_more_sections_than_it_needs():
    """No retry, nobody who recovered it, no comparison; what is left of the amounts is told."""
    found = recovery(invoice(amount_paid=eur(900), amount_remaining=eur(3900)))
    assert set(tally_of(found).counts) == {"eur#total", "eur#code", "eur#automation", "eur#policy"}
    assert tally_of(found).counts["eur#total"] == {
        "failed": 1,
        "failed_amount": 4900,
        "open": 1,
        "recovered_amount": 900,
        "open_amount": 3900,
        "credited_amount": 100,
    }
    uncollectible = recovery(invoice(status=Status.UNCOLLECTIBLE))
    assert tally_of(uncollectible).counts["eur#total"]["uncollectible_amount"] == 4900


RECORD = MessageRecord(
    "in_1:reminder:+3",
    MessageKind.REMINDER,
    "in_1",
    MessageState.SENT,
    datetime(2026, 3, 2, 23, 30, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("feedback", "more"),
    [
        (None, {}),
        (Feedback.SENT, {}),
        (Feedback.DELIVERED, {"reminder|delivered": 1}),
        (Feedback.BOUNCED, {"reminder|bounced": 1}),
        (Feedback.COMPLAINED, {"reminder|complained": 1}),
    ],
)
def test_a_mail_counts_once_it_is_sent(feedback, more):
    """With what was reported of it; on the owner's day."""
    tally = tally_of_mail(replace(RECORD, feedback=feedback), "Europe/Berlin")
    assert tally == Tally(date(2026, 3, 3), {"mails#kind": {"reminder|sent": 1, **more}})


@pytest.mark.parametrize("state", [one for one in MessageState if one is not MessageState.SENT])
def test_a_mail_that_did_not_leave_counts_for_nothing(state):
    """Nor one that the mail service took and then did not send."""
    assert tally_of_mail(replace(RECORD, state=state), "UTC").counts == {}


def test_what_is_counted_otherwise_changes_the_sums_by_the_difference():
    """Nothing is added where nothing changed; another day gives back what the first one had."""
    first, second = date(2026, 3, 2), date(2026, 3, 3)
    one = Tally(first, {"a": {"x": 1, "y": 5}, "b": {"z": 2}})
    two = Tally(first, {"a": {"x": 1, "y": 3, "w": 1}})
    assert changes(None, one) == {(first, "a"): {"x": 1, "y": 5}, (first, "b"): {"z": 2}}
    assert changes(one, two) == {(first, "a"): {"y": -2, "w": 1}, (first, "b"): {"z": -2}}
    assert changes(one, one) == {}
    assert changes(one, replace(one, day=second)) == {
        (first, "a"): {"x": -1, "y": -5},
        (first, "b"): {"z": -2},
        (second, "a"): {"x": 1, "y": 5},
        (second, "b"): {"z": 2},
    }
    assert changes(one, None) == {(first, "a"): {"x": -1, "y": -5}, (first, "b"): {"z": -2}}
