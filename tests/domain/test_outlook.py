"""The outlook: the same decisions at the times at which they fall due, as if every payment failed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dunwell.domain.decision import decide
from dunwell.domain.outlook import STEPS_MAX, Deed, Standing, outlook
from dunwell.domain.payments import Outcome
from dunwell.domain.policies import (
    MessagePolicy,
    PastDueAction,
    PastDuePolicy,
    RetryKind,
    RetryPolicy,
    Stop,
)
from dunwell.domain.timing import EvenSpread

from tests.build import attempt, customer, day, eur, invoice, own_attempt, sent_invoice, settings

GIVING_UP = PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, 9)
BY_RULE = RetryPolicy(RetryKind.CUSTOM, days_after_previous=(2, 3))


def expected(*standings, days=20, now=None, **chosen):
    told = settings(**{"retry": BY_RULE, **chosen})

    def decide_on(standing, who, at):
        facts = replace(standing.invoice, read_at=at)
        found = decide(facts, standing.attempts, who, told, EvenSpread(), at)
        return Standing(replace(facts, planned_retry=found.planned_retry), standing.attempts), found

    begins = now or day(0, 1)
    return outlook(standings, customer(), told, decide_on, begins, begins + timedelta(days=days))


def deeds(found):
    return [(one.deed, one.what or one.invoice_id, one.at) for one in found]


FAILED = Standing(invoice(), (attempt(day(0)),))


def test_a_failed_payment_is_mailed_about_retried_and_given_up():
    """Each at its minute, the final action in the night; the amount is what is open."""
    found = expected(FAILED, past_due=GIVING_UP)
    night = datetime(2026, 3, 11, 3, 30, tzinfo=UTC)
    assert deeds(found) == [
        (Deed.MAIL, "payment_failed:ch_020900", day(0, 1)),
        (Deed.CHARGE, "attempt 1", day(2)),
        (Deed.MAIL, "payment_failed:dunwell-001", day(2) + timedelta(minutes=1)),
        (Deed.CHARGE, "attempt 2", day(5)),
        (Deed.MAIL, "payment_failed:dunwell-002", day(5) + timedelta(minutes=1)),
        (Deed.MARK, "in_1", night),
    ]
    assert {one.amount for one in found} == {eur(4900)}


def test_it_ends_where_it_is_asked_to():
    """And says nothing of an invoice that nothing is due about."""
    assert [one.deed for one in expected(FAILED, days=3)] == [Deed.MAIL, Deed.CHARGE, Deed.MAIL]
    assert expected(Standing(invoice(auto_advance=False), ())) == []
    assert expected() == []


def test_a_shortfall_is_credited_in_the_night():
    """Once; then there is nothing left to remind of."""
    short = sent_invoice(amount_paid=eur(4890), amount_remaining=eur(10))
    found = expected(Standing(short, ()), tolerance={"eur": eur(50)}, now=day(0, 20))
    assert deeds(found) == [(Deed.CREDIT, "in_1", datetime(2026, 3, 17, 3, 30, tzinfo=UTC))]
    assert found[0].amount == eur(10)
    late = expected(Standing(short, ()), tolerance={"eur": eur(50)}, now=day(20), days=2)
    assert deeds(late) == [(Deed.CREDIT, "in_1", datetime(2026, 3, 23, 3, 30, tzinfo=UTC))]


def test_mails_keep_the_customers_budget_and_make_statements():
    """Two invoices of one customer: their reminders are one mail, at the send hour."""
    pair = [Standing(sent_invoice(id=f"in_{n}", due_at=day(1)), ()) for n in (1, 2)]
    policy = MessagePolicy(invoice_finalized=False, reminder_offsets_days=(3,))
    found = expected(*pair, messages=policy)
    assert [(one.invoice_id, one.at) for one in found] == [("in_1", day(4)), ("in_2", day(4))]
    alone = expected(*pair, messages=replace(policy, statements=False))
    assert [one.at for one in alone] == [day(4), day(4) + timedelta(minutes=1)]


def test_what_nobody_knows_ends_an_invoices_outlook():
    """An attempt without an answer: what comes of it is for the processor to say."""
    unknown = own_attempt(1, day(0), outcome=Outcome.UNKNOWN)
    assert (
        expected(
            Standing(invoice(), (attempt(day(-2)), unknown)), messages=MessagePolicy(payment_failed=False)
        )
        == []
    )


def test_while_everything_is_stopped_nothing_is_expected():
    """However often it is looked at; the steps have an end."""
    assert expected(FAILED, days=92, stop=Stop(charging=True, mail=True)) == []
    assert STEPS_MAX >= 92 * 24


def test_the_first_charge_of_an_invoice_that_nobody_tried_is_taken_for_declined():
    """Adopted invoices have no attempt that tells how one fails."""
    adopted = Standing(invoice(attempted=True, processor_attempt_count=1), ())
    found = expected(
        adopted, retry=RetryPolicy(RetryKind.EVEN, 2, 4), messages=MessagePolicy(payment_failed=False)
    )
    assert {one.deed for one in found} <= {Deed.CHARGE}
