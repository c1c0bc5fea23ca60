from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from dunwell.domain.announcements import next_occasion_at
from dunwell.domain.customers import MessageKind
from dunwell.domain.decision import Action, ActionKind, decide
from dunwell.domain.invoices import Status
from dunwell.domain.payments import Origin, Outcome
from dunwell.domain.policies import PastDueAction, PastDuePolicy, Settings, Stop
from dunwell.domain.timing import EvenSpread

from tests.build import attempt, customer, day, eur, invoice, own_attempt, rules, sent_invoice, settings

MARK = PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, 30)
TOLERANT = {"tolerance": {"eur": eur(100)}}


def decided(facts, attempts=(), now=None, chosen=None):
    return decide(facts, attempts, customer(), chosen or settings(), EvenSpread(), now or day(0, 1))


def kind(decision):
    return decision.next_action.kind if decision.next_action else None


def test_a_failed_payment_is_retried_and_its_time_is_told():
    """`next_payment_attempt` and the next action are the same instant; a mail is wanted."""
    found = decided(invoice(), [attempt(day(0))])
    assert found.next_action == Action(ActionKind.ATTEMPT_PAYMENT, day(2), attempt_number=1)
    assert found.next_payment_attempt == found.planned_retry.at == day(2)
    assert [m.key for m in found.wanted_messages] == [f"in_1:payment_failed:{attempt(day(0)).id}"]
    assert rules(found.reasons) == ["retry_planned", "not_given_up"]


STOPPED = settings(stop=Stop(charging=True))


def test_a_paid_invoice_wants_the_receipt_for_what_had_failed():
    """And nothing else any more."""
    paid = invoice(status=Status.PAID, amount_paid=eur(4900), amount_remaining=eur(0), paid_at=day(1))
    found = decided(paid, [attempt(day(0))], day(1))
    assert [(m.kind, m.invoice_id) for m in found.wanted_messages] == [(MessageKind.PAYMENT_RECEIVED, "in_1")]


def test_a_stopped_attempt_keeps_its_plan_and_waits():
    """The switch moves what is due by a quarter of an hour at a time; what is not due yet stays."""
    ahead = decided(invoice(), [attempt(day(0))], day(1), STOPPED)
    assert (kind(ahead), ahead.next_payment_attempt) == (ActionKind.ATTEMPT_PAYMENT, day(2))
    due = decided(invoice(), [attempt(day(0))], day(2), STOPPED)
    assert due.next_action == Action(ActionKind.LOOK_AGAIN, day(2) + timedelta(minutes=15))
    assert due.next_payment_attempt == day(2)
    assert "charging_stopped" in rules(due.reasons)


def test_while_charging_is_stopped_no_key_is_sent_again():
    """Asking for an unknown outcome may be a charge; its charge is looked for instead."""
    unknown = own_attempt(1, day(2), outcome=Outcome.UNKNOWN)
    found = decided(invoice(), [attempt(day(0)), unknown], day(2, 1), STOPPED)
    assert kind(found) is ActionKind.LOOK_AGAIN
    assert rules(found.reasons) == ["attempt_unresolved", "charging_stopped"]


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PAID, Status.VOID, Status.UNCOLLECTIBLE])
def test_a_closed_invoice_has_no_next_action_and_wants_no_mail(status):
    """Uncollectible is not final, but what happens next to it is the payer's."""
    found = decided(invoice(status=status), [attempt(day(0))])
    assert (found.next_action, found.next_payment_attempt, found.wanted_messages) == (None, None, ())
    assert rules(found.reasons) == ["closed"]


def test_a_sent_invoice_is_reminded_of_and_never_charged():
    """The customer pays it; it is looked at again within a week."""
    found = decided(sent_invoice())
    assert found.next_action == Action(ActionKind.LOOK_AGAIN, day(7, 1))
    assert found.next_payment_attempt is None
    assert len(found.wanted_messages) == 6
    assert rules(found.reasons) == ["send_invoice", "left_past_due"]


def test_an_unknown_outcome_comes_before_everything_else():
    """No charge and no mail until it is resolved, two minutes after it began."""
    unknown = own_attempt(1, day(2), outcome=Outcome.UNKNOWN, failure=None)
    found = decided(invoice(), [attempt(day(0)), unknown], day(2))
    assert found.next_action == Action(ActionKind.RESOLVE_ATTEMPT, day(2) + timedelta(minutes=2), 1)
    assert found.wanted_messages == ()
    assert rules(found.reasons) == ["attempt_unresolved"]


def test_of_two_unknown_outcomes_the_older_one_is_resolved_first():
    """In whatever order they are told."""
    unknown = [own_attempt(n, day(2, n), outcome=Outcome.UNKNOWN, failure=None) for n in (2, 1)]
    for attempts in (unknown, unknown[::-1]):
        assert decided(invoice(), attempts, day(2, 3)).next_action.attempt_number == 1


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (invoice(status=Status.PAID), "closed"),
        (invoice(payment_processing=True), "payment_processing"),
        (invoice(metadata={"dunwell_collect": "false"}), "kept_out"),
    ],
)
def test_a_key_is_not_sent_again_where_it_could_not_be_charged(facts, reason):
    """The outcome is still looked for, in the list of charges, every five minutes."""
    unknown = own_attempt(1, day(2), outcome=Outcome.UNKNOWN, failure=None)
    found = decided(facts, [unknown], day(2))
    assert found.next_action == Action(ActionKind.LOOK_AGAIN, day(2) + timedelta(minutes=5))
    assert rules(found.reasons) == ["attempt_unresolved", reason]
    late = decided(replace(facts, status=Status.PAID), [unknown], day(4))
    assert late.next_action is None
    assert kind(decided(replace(facts, status=Status.PAID), [unknown], day(2, 23))) is ActionKind.LOOK_AGAIN


def test_a_key_is_not_sent_again_after_a_hard_decline():
    """The call may never have reached the bank; sent now, it would charge a card that was reported lost."""
    unknown = own_attempt(1, day(2), outcome=Outcome.UNKNOWN, failure=None)
    lost = attempt(day(2, 1), "lost_card", origin=Origin.PAYER)
    found = decided(invoice(), [unknown, lost], day(2, 2))
    assert kind(found) is ActionKind.LOOK_AGAIN
    assert rules(found.reasons) == ["attempt_unresolved", "hard_decline"]
    assert kind(decided(invoice(payment_method=None), [unknown], day(2, 2))) is ActionKind.RESOLVE_ATTEMPT


def test_an_unknown_outcome_is_asked_for_ever_more_rarely():
    """Two minutes, four, eight, up to an hour: an outage is no reason to knock each minute."""
    waits = []
    for asked in range(7):
        unknown = own_attempt(
            1, day(2), outcome=Outcome.UNKNOWN, failure=None, asked=asked, asked_at=day(2, 1)
        )
        found = decided(invoice(), [unknown], day(2, 1)).next_action
        waits.append((found.at - day(2, 1)) / timedelta(minutes=1))
    assert waits == [2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize(
    ("facts", "chosen"),
    [
        (invoice(), Settings()),
        (invoice(metadata={"dunwell_collect": "false"}), settings()),
        (invoice(processor_next_attempt_at=day(3)), settings()),
        (invoice(auto_advance=False), settings()),
    ],
)
def test_an_unknown_outcome_is_not_asked_for_where_nothing_may_be_done(facts, chosen):
    """Sending the key again may be a charge; the processor's list of charges is looked at instead."""
    unknown = own_attempt(1, day(2), outcome=Outcome.UNKNOWN, failure=None)
    found = decided(facts, [unknown], day(2), chosen)
    assert found.next_action == Action(ActionKind.LOOK_AGAIN, day(2) + timedelta(minutes=5))
    assert rules(found.reasons)[0] == "attempt_unresolved"


def test_an_unknown_outcome_is_asked_for_where_the_owner_collects_without_auto_advance():
    """Their settings hand such invoices over."""
    unknown = own_attempt(1, day(2), outcome=Outcome.UNKNOWN, failure=None)
    chosen = settings(collect_without_auto_advance=True)
    found = decided(invoice(auto_advance=False), [unknown], day(2), chosen)
    assert kind(found) is ActionKind.RESOLVE_ATTEMPT


def test_an_outcome_that_cannot_be_proven_stops_charges_until_the_owner_decides():
    """After 23 hours the key proves nothing; nothing is charged, and people are told."""
    unknown = own_attempt(1, day(2), outcome=Outcome.UNKNOWN, failure=None)
    found = decided(invoice(), [attempt(day(0)), unknown], day(3))
    assert kind(found) is ActionKind.LOOK_AGAIN
    assert rules(found.reasons) == ["attempt_unproven"]


@pytest.mark.parametrize(
    ("facts", "attempts"),
    [
        (invoice(payment_processing=True), [attempt(day(0))]),
        (invoice(), [own_attempt(1, day(0), outcome=Outcome.PROCESSING, failure=None)]),
        (sent_invoice(payment_processing=True), []),
    ],
)
def test_while_a_payment_is_processing_everything_rests(facts, attempts):
    """No charge, no mail, no final action; the processor is asked again in a day."""
    found = decided(facts, attempts, day(20), settings(past_due=MARK))
    assert found.next_action == Action(ActionKind.LOOK_AGAIN, day(21))
    assert (found.next_payment_attempt, found.wanted_messages) == (None, ())
    assert rules(found.reasons) == ["payment_processing", "messages_suppressed"]


def test_a_payment_that_needs_the_customer_does_not_suppress_mails():
    """It is theirs to act: reminders and the failed-payment mail go out."""
    asked = attempt(day(0), outcome=Outcome.ACTION_REQUIRED)
    found = decided(invoice(payment_action_required=True), [asked])
    assert [m.key for m in found.wanted_messages] == [f"in_1:payment_failed:{asked.id}"]
    assert found.next_payment_attempt is None
    reminded = decided(sent_invoice(payment_action_required=True))
    assert any("reminder" in m.key for m in reminded.wanted_messages)


def test_what_nobody_handed_over_is_left_alone():
    """Without auto_advance the processor collects nothing, and neither does Dunwell."""
    assert rules(decided(invoice(auto_advance=False)).reasons) == ["not_handed_over"]


def test_what_the_processor_retries_itself_is_left_alone():
    """Two engines would charge one customer; it is looked at again in a week."""
    found = decided(invoice(processor_next_attempt_at=day(3)), [attempt(day(0))])
    assert found.next_action == Action(ActionKind.LOOK_AGAIN, day(7, 1))
    assert (found.next_payment_attempt, found.wanted_messages) == (None, ())
    assert rules(found.reasons) == ["processor_retries"]


def test_observe_mode_decides_and_does_nothing():
    """The reasons say what would have been done."""
    found = decided(invoice(), [attempt(day(0))], chosen=Settings())
    assert kind(found) is ActionKind.LOOK_AGAIN
    assert (found.next_payment_attempt, found.wanted_messages) == (None, ())
    assert rules(found.reasons) == [
        "observe_mode",
        "would_retry_planned",
        "would_not_given_up",
        "would_act",
        "would_write",
    ]
    assert "attempt_payment at 2026-03-04 09:00" in found.reasons[3].text


def test_observe_mode_without_a_wanted_mail_says_nothing_of_mails():
    """Only what would have happened is told."""
    assert "would_write" not in rules(decided(invoice(), chosen=Settings()).reasons)


def test_a_shortfall_within_the_tolerance_is_credited_after_the_due_date():
    """Before any retry, mail or marking."""
    facts = sent_invoice(amount_paid=eur(4850), amount_remaining=eur(50))
    found = decided(facts, now=day(14), chosen=settings(past_due=MARK, **TOLERANT))
    at = datetime(2026, 3, 17, tzinfo=UTC)
    assert found.next_action == Action(ActionKind.CREDIT_SHORTFALL, at, amount=eur(50))
    assert found.wanted_messages == ()
    assert rules(found.reasons) == ["within_tolerance", "messages_suppressed"]


def test_a_shortfall_comes_before_a_retry_and_before_uncollectible():
    """Also long past due, and on an invoice that is charged automatically."""
    short = {"amount_paid": eur(4850), "amount_remaining": eur(50)}
    chosen = settings(past_due=MARK, **TOLERANT)
    assert kind(decided(sent_invoice(**short), now=day(80), chosen=chosen)) is ActionKind.CREDIT_SHORTFALL
    assert kind(decided(invoice(**short), [attempt(day(0))], day(1), chosen)) is ActionKind.CREDIT_SHORTFALL


def test_an_invoice_past_due_by_the_set_days_is_marked_uncollectible():
    """From the first minute of day 30; before that it is looked at every week."""
    chosen = settings(past_due=MARK)
    found = decided(sent_invoice(), now=day(40), chosen=chosen)
    assert found.next_action == Action(ActionKind.MARK_UNCOLLECTIBLE, datetime(2026, 4, 15, tzinfo=UTC))
    assert rules(found.reasons) == ["send_invoice", "uncollectible_at"]
    early = decided(sent_invoice(), now=day(20), chosen=chosen)
    assert early.next_action == Action(ActionKind.LOOK_AGAIN, day(27))
    assert rules(early.reasons)[-1] == "looked_at_before"


def test_a_due_date_is_announced_before_what_comes_next():
    """What is planned later says so; a look that is moved needs no reason."""
    facts, chosen = sent_invoice(), settings(past_due=replace(MARK, after_days=3))
    at = next_occasion_at(facts, "UTC", day(12))
    marked = decided(facts, now=day(12), chosen=chosen)
    assert marked.next_action == Action(ActionKind.LOOK_AGAIN, at)
    assert rules(marked.reasons) == ["send_invoice", "uncollectible_at", "looked_at_before"]
    looked = decided(facts, now=day(12), chosen=settings(past_due=PastDuePolicy()))
    assert looked.next_action == Action(ActionKind.LOOK_AGAIN, at)
    assert "looked_at_before" not in rules(looked.reasons)


def test_nothing_is_given_up_while_a_retry_is_planned():
    """Even when the retries run longer than the days past due."""
    chosen = settings(past_due=replace(MARK, after_days=3))
    found = decided(invoice(), [attempt(day(0))], day(3, 5), chosen)
    assert kind(found) is ActionKind.ATTEMPT_PAYMENT


def test_a_retry_far_away_is_announced_though_the_invoice_is_looked_at_before():
    """`next_payment_attempt` says the true time; the entry in the index is at most a week away."""
    found = decided(invoice(), [attempt(day(0), "do_not_honor", failure=None)], day(-8))
    assert found.next_payment_attempt == day(2)
    assert found.next_action == Action(ActionKind.LOOK_AGAIN, day(-1))


def test_an_action_is_due_from_its_own_instant_on():
    """And only for its own kind."""
    action = Action(ActionKind.ATTEMPT_PAYMENT, day(2))
    assert action.is_due(ActionKind.ATTEMPT_PAYMENT, day(2))
    assert not action.is_due(ActionKind.ATTEMPT_PAYMENT, day(1, 23))
    assert not action.is_due(ActionKind.LOOK_AGAIN, day(3))


def test_the_same_facts_give_the_same_decision():
    """Pure: nothing but its arguments decides."""
    assert decided(invoice(), [attempt(day(0))]) == decided(invoice(), [attempt(day(0))])
