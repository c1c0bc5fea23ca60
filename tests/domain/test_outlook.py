"""The outlook: the same decisions at the times at which they fall due, as if every payment failed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dunwell.domain.customers import MessageKind, MessageRecord, MessageState
from dunwell.domain.decision import decide
from dunwell.domain.invoices import Status
from dunwell.domain.outlook import STEPS_MAX, Deed, Standing, outlook
from dunwell.domain.payments import Attempt, Failure, Origin, Outcome
from dunwell.domain.policies import (
    MessagePolicy,
    PastDueAction,
    PastDuePolicy,
    RetryKind,
    RetryPolicy,
    Stop,
)
from dunwell.domain.timing import EvenSpread

from tests.build import (
    attempt,
    bank_debit,
    card,
    customer,
    day,
    eur,
    invoice,
    own_attempt,
    sent_invoice,
    settings,
)

GIVING_UP = PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, 9)
BY_RULE = RetryPolicy(RetryKind.CUSTOM, days_after_previous=(2, 3))


def expected(*standings, days=20, now=None, looks=None, who=None, **chosen):
    """What is expected; `looks` takes down each decision's standing and customer."""
    told = settings(**{"retry": BY_RULE, **chosen})

    def decide_on(standing, who, at):
        if looks is not None:
            looks.append((standing, who, at))
        facts = replace(standing.invoice, read_at=at)
        found = decide(facts, standing.attempts, who, told, EvenSpread(), at)
        return Standing(replace(facts, planned_retry=found.planned_retry), standing.attempts), found

    begins = now or day(0, 1)
    return outlook(standings, who or customer(), told, decide_on, begins, begins + timedelta(days=days))


def deeds(found):
    return [(one.deed, one.what or one.invoice_id, one.at) for one in found]


SILENT = MessagePolicy(payment_failed=False)
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


def test_a_payment_that_will_fail_is_told_as_the_last_one_that_did():
    """An attempt of ours on the card that is charged, whose window it uses; the decisions see it."""
    first = attempt(day(-1), "do_not_honor")
    later = attempt(day(0), "try_again_later", id="ch_later", failure=Failure("try_again_later"))
    looks = []
    expected(Standing(invoice(), (later, first)), days=3, looks=looks, messages=SILENT)
    standing = next(standing for standing, _, at in looks if len(standing.attempts) > 2)
    assert standing.attempts == (
        later,
        first,
        Attempt(
            id="dunwell-001",
            origin=Origin.DUNWELL,
            started_at=day(3),
            outcome=Outcome.DECLINED,
            amount=eur(4900),
            number=1,
            failure=Failure("try_again_later"),
            method=card().identity,
            method_id="pm_1",
            intended=card().identity,
            method_kind="card",
        ),
    )
    assert standing.invoice.payment_method == card(attempted_at=(day(3),))


def test_a_payment_without_an_example_will_fail_for_lack_of_funds():
    """Nobody tried the invoice, or nothing was told of the failure."""
    debit = bank_debit()
    lacked = attempt(day(0), method=debit.identity, method_kind=debit.kind)
    for facts, made in (
        (invoice(), ()),
        (invoice(), (attempt(day(0), failure=None),)),
        (invoice(payment_method=debit), (lacked,)),
    ):
        looks = []
        expected(Standing(facts, made), days=3, looks=looks, messages=SILENT)
        ours = next(one[0].attempts[-1] for one in looks if len(one[0].attempts) > len(made))
        assert (ours.outcome, ours.number) == (Outcome.DECLINED, 1)
        assert ours.failure == Failure(decline_code="insufficient_funds", code="card_declined")
        assert ours.method_kind == facts.payment_method.kind


def test_a_credited_invoice_is_paid():
    """What was due is what had been paid; nothing is left, and it is decided on again at once."""
    short = sent_invoice(amount_paid=eur(4890), amount_remaining=eur(10))
    looks = []
    expected(Standing(short, ()), tolerance={"eur": eur(50)}, now=day(20), days=2, looks=looks)
    paid, _, at = looks[-1]
    night = datetime(2026, 3, 23, 3, 30, tzinfo=UTC)
    assert at == night
    as_paid = {"status": Status.PAID, "amount_due": eur(4890), "amount_remaining": eur(0), "paid_at": night}
    assert paid.invoice == replace(short, **as_paid, read_at=paid.invoice.read_at)


def test_a_mail_that_will_be_sent_is_on_the_customers_record():
    """With all that its message says, and what it tells beside it; what is skipped, too."""
    pair = [Standing(sent_invoice(id=f"in_{n}", due_at=day(1)), ()) for n in (1, 2)]
    looks = []
    policy = MessagePolicy(invoice_finalized=False, reminder_offsets_days=(3, 9))
    expected(*pair, messages=policy, looks=looks, days=40)
    known = looks[-1][1].records
    first = known[0]
    assert replace(first, tells=()) == MessageRecord(
        "in_1:reminder:+3", MessageKind.REMINDER, "in_1", MessageState.SENT, day(4), offset_days=3
    )
    assert [told.key for told in first.tells] == ["in_2:reminder:+3"]
    looks = []
    expected(FAILED, days=6, looks=looks)
    about = [record.attempt_id for record in looks[-1][1].records]
    assert about == ["ch_020900", "dunwell-001"]
    unreachable = customer(email=None)
    looks = []
    expected(FAILED, days=6, looks=looks, who=unreachable)
    assert {record.state for record in looks[-1][1].records} == {MessageState.SKIPPED}


def test_it_ends_with_the_instant_that_was_asked_for():
    """What is due just then still belongs to it."""
    assert Deed.CHARGE in [one.deed for one in expected(FAILED, now=day(0), days=2)]
    assert Deed.CHARGE not in [one.deed for one in expected(FAILED, now=day(0), days=1.9999)]


def test_final_actions_are_made_in_the_owners_night():
    """At half past three there, the same night when it is that time just now; across the change of clocks."""
    short = sent_invoice(amount_paid=eur(4890), amount_remaining=eur(10), due_at=day(-1))
    told = {"tolerance": {"eur": eur(50)}, "days": 3}

    def credited(now, zone):
        (found,) = expected(Standing(short, ()), now=now, time_zone=zone, **told)
        return found.at

    half_past = datetime(2026, 3, 10, 2, 30, tzinfo=UTC)
    assert credited(half_past, "Europe/Berlin") == half_past
    assert credited(half_past - timedelta(minutes=1), "Europe/Berlin") == half_past
    assert credited(half_past + timedelta(minutes=1), "Europe/Berlin") == half_past + timedelta(days=1)
    before_summer = datetime(2026, 3, 28, 3, 0, tzinfo=UTC)
    assert credited(before_summer, "Europe/Berlin") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert credited(half_past, "Asia/Tokyo") == datetime(2026, 3, 10, 18, 30, tzinfo=UTC)
