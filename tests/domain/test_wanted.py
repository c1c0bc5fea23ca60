from datetime import UTC, datetime

import pytest
from dunwell.domain.customers import MessageKind, WantedMessage
from dunwell.domain.invoices import CollectionMethod, Status
from dunwell.domain.payments import Origin, Outcome
from dunwell.domain.policies import MessagePolicy
from dunwell.domain.wanted import receipts, wanted_messages

from tests.build import attempt, card, customer, day, eur, invoice, own_attempt, sent_invoice, settings


def wanted(facts, attempts=(), who=None, **policy):
    chosen = settings(messages=MessagePolicy(**policy), time_zone="Europe/Berlin")
    return wanted_messages(facts, attempts, who or customer(), chosen)


def keys(messages):
    return [message.key for message in messages]


def test_a_sent_invoice_wants_its_mail_and_its_reminders():
    """In the order in which they fall due: the invoice itself, then around the due date of day 14."""
    found = wanted(sent_invoice())
    assert keys(found) == [
        "in_1:invoice_finalized",
        "in_1:reminder:-3",
        "in_1:reminder:+0",
        "in_1:reminder:+3",
        "in_1:reminder:+7",
        "in_1:reminder:+14",
    ]
    assert found[0] == WantedMessage(
        "in_1:invoice_finalized", MessageKind.INVOICE_FINALIZED, "in_1", day(0), day(3)
    )
    assert {message.invoice_id for message in found} == {"in_1"}


def test_each_time_the_owner_asks_for_it_the_invoice_is_mailed_again():
    """A message of its own, whose grace begins with the wish; the mail at its finalization is another."""
    asked_at = datetime(2026, 3, 5, 10, 30, 7, tzinfo=UTC)
    found = wanted(sent_invoice(mail_asked_at=asked_at), reminder_offsets_days=(), grace_days=2)
    again = WantedMessage(
        "in_1:again:20260305T103007",
        MessageKind.INVOICE_FINALIZED,
        "in_1",
        asked_at,
        datetime(2026, 3, 8, 10, 30, 7, tzinfo=UTC),
    )
    assert (keys(found)[:1], found[1:]) == (["in_1:invoice_finalized"], (again,))


def test_a_reminder_falls_on_the_owners_due_day_at_the_customers_hour():
    """Due late on 16 March in Berlin; the reminder of the day leaves at nine in Los Angeles."""
    due = datetime(2026, 3, 16, 22, 30, tzinfo=UTC)
    found = wanted(
        sent_invoice(due_at=due),
        who=customer(time_zone="America/Los_Angeles"),
        reminder_offsets_days=(0,),
        invoice_finalized=False,
    )
    assert [m.not_before for m in found] == [datetime(2026, 3, 16, 16, tzinfo=UTC)]


def test_without_a_zone_of_their_own_the_owners_counts():
    """Nine o'clock in Berlin is eight UTC in winter."""
    found = wanted(sent_invoice(), reminder_offsets_days=(-3,), invoice_finalized=False)
    assert found[0].not_before == datetime(2026, 3, 13, 8, tzinfo=UTC)


def test_a_reminder_of_the_coming_due_date_is_of_no_use_afterwards():
    """Its grace ends with the day before the due date; others have the policy's."""
    found = {m.offset_days: m for m in wanted(sent_invoice(), grace_days=5) if m.kind is MessageKind.REMINDER}
    assert found[-3].expires_at == datetime(2026, 3, 15, 23, tzinfo=UTC)
    assert found[0].expires_at == datetime(2026, 3, 21, 23, tzinfo=UTC)


def test_days_before_the_invoice_was_made_have_no_reminder():
    """An invoice due in two days cannot be announced three days before."""
    found = wanted(sent_invoice(due_at=day(2)), invoice_finalized=False)
    assert "in_1:reminder:-3" not in keys(found)
    assert "in_1:reminder:+0" in keys(found)
    on_its_day = wanted(sent_invoice(due_at=day(3)), invoice_finalized=False)
    assert "in_1:reminder:-3" in keys(on_its_day)


def test_an_unfinalized_invoice_wants_no_mail_about_itself():
    """Its days are counted from its creation."""
    found = wanted(sent_invoice(finalized_at=None))
    assert "in_1:invoice_finalized" not in keys(found)
    assert "in_1:reminder:+0" in keys(found)


def test_an_invoice_charged_automatically_wants_a_mail_for_its_last_failure_only():
    """Foreign and own attempts alike; the payer's own failed try causes none."""
    attempts = [attempt(day(0)), own_attempt(1, day(2)), attempt(day(3), origin=Origin.PAYER)]
    (found,) = wanted(invoice(), attempts)
    assert found == WantedMessage(
        "in_1:payment_failed:dunwell-001",
        MessageKind.PAYMENT_FAILED,
        "in_1",
        day(2),
        day(5),
        attempt_id="dunwell-001",
    )


def test_an_invoice_charged_automatically_has_no_finalized_mail_and_no_reminders():
    """Unless the owner wants reminders for them too: counted from the day of finalization."""
    assert wanted(invoice()) == ()
    both = frozenset(CollectionMethod)
    found = wanted(invoice(), reminder_collection_methods=both, reminder_offsets_days=(7,))
    assert keys(found) == ["in_1:reminder:+7"]


@pytest.mark.parametrize("helpless", [{"payment_method": None}, {"payment_action_required": True}])
def test_a_payment_that_reached_no_bank_is_written_about_too(helpless):
    """There is no failed charge, and nobody but the customer can help."""
    asked = helpless.get("payment_action_required")
    kind = MessageKind.PAYMENT_ACTION_REQUIRED if asked else MessageKind.PAYMENT_FAILED
    (found,) = wanted(invoice(created_at=day(-1), **helpless))
    assert found == WantedMessage("in_1:payment_failed:first", kind, "in_1", day(0), day(3))
    assert wanted(invoice(attempted=False, **helpless)) == ()
    assert wanted(invoice(**helpless), [attempt(day(0), origin=Origin.PAYER)]) == ()


@pytest.mark.parametrize(
    ("switch", "facts", "attempts"),
    [
        ("invoice_finalized", sent_invoice(), ()),
        ("payment_failed", invoice(), (attempt(day(0)),)),
        ("payment_action_required", invoice(), (attempt(day(0), outcome=Outcome.ACTION_REQUIRED),)),
        ("card_expiring", invoice(payment_method=card(exp_month=3, exp_year=2026)), ()),
        ("reminders", sent_invoice(), ()),
    ],
)
def test_each_kind_of_mail_can_be_switched_off(switch, facts, attempts):
    """The others stay."""
    on, off = wanted(facts, attempts), wanted(facts, attempts, **{switch: False})
    kind = {"reminders": MessageKind.REMINDER}.get(switch) or MessageKind(switch)
    assert [m for m in on if m.kind is kind]
    assert list(off) == [m for m in on if m.kind is not kind]


def test_a_bank_that_asks_the_payer_is_another_mail_under_the_same_key():
    """At most one for a failed attempt, whatever kind of failure it was."""
    asked = own_attempt(1, day(2), outcome=Outcome.ACTION_REQUIRED)
    (found,) = wanted(invoice(), [attempt(day(0)), asked])
    assert (found.key, found.kind) == (
        "in_1:payment_failed:dunwell-001",
        MessageKind.PAYMENT_ACTION_REQUIRED,
    )
    assert wanted(invoice(), [attempt(day(0)), asked], payment_action_required=False) == ()


def expiring(month=3, year=2026, **fields):
    facts = invoice(**{"payment_method": card(exp_month=month, exp_year=year), **fields})
    return [m for m in wanted(facts) if m.kind is MessageKind.CARD_EXPIRING]


def test_a_card_that_expires_soon_is_told_of_once():
    """From thirty days before the month's end, in the customer's zone; a new card is another matter."""
    (found,) = expiring()
    assert (found.key, found.invoice_id) == ("in_1:card_expiring:fp_1/2026-03", "in_1")
    (later,) = expiring(finalized_at=day(5))
    assert later.not_before == day(5), "from its finalization on, where that was later than its creation"
    assert found.not_before == datetime(2026, 3, 2, 9, tzinfo=UTC), "the invoice is as old as that"
    assert found.expires_at == datetime(2026, 3, 31, 22, tzinfo=UTC)
    (in_december,) = expiring(12, read_at=datetime(2026, 12, 5, tzinfo=UTC))
    assert in_december.not_before == datetime(2026, 12, 2, 8, tzinfo=UTC)
    assert in_december.expires_at == datetime(2026, 12, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "facts",
    [
        {"month": 4},
        {"month": 2},
        {"payment_method": None},
        {"payment_method": card(exp_month=None)},
        {"payment_method": card(exp_month=13, exp_year=2026)},
        {"payment_method": card(kind="us_bank_account", exp_month=3, exp_year=2026)},
        {"collection_method": CollectionMethod.SEND_INVOICE},
    ],
)
def test_a_card_of_another_month_or_none_at_all_is_not_told_of(facts):
    """One that had expired before the invoice was made has failed by itself."""
    assert expiring(**facts) == []


def received(attempts=(), policy=None, **fields):
    paid = {"status": Status.PAID, "paid_at": day(5), "amount_paid": eur(4900)}
    facts = invoice(**{**paid, **fields})
    chosen = settings(messages=policy or MessagePolicy(), time_zone="Europe/Berlin")
    return receipts(facts, attempts, chosen)


def test_a_payment_that_failed_at_first_is_acknowledged():
    """Once it has come: from that instant on, within the grace."""
    (found,) = received([attempt(day(0))], due_at=day(14))
    assert found == WantedMessage(
        "in_1:payment_received", MessageKind.PAYMENT_RECEIVED, "in_1", day(5), day(8)
    )


def test_a_payment_that_came_late_is_acknowledged():
    """Late is after the due day in the owner's zone."""
    sent = {"collection_method": CollectionMethod.SEND_INVOICE}
    assert received(due_at=datetime(2026, 3, 6, 12, tzinfo=UTC), **sent)
    assert not received(due_at=datetime(2026, 3, 7, 12, tzinfo=UTC), **sent)


def test_a_payment_that_came_another_way_is_acknowledged():
    """Marked paid out of band: the processor knows of no payment, and all that was due was received."""
    (found,) = received((attempt(day(0)),), amount_paid=eur(0))
    assert found.kind is MessageKind.PAYMENT_RECEIVED
    assert invoice(status=Status.PAID, amount_paid=eur(0)).received == eur(4900)
    assert invoice(amount_paid=eur(0)).received == eur(0)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.VOID},
        {"status": Status.UNCOLLECTIBLE, "paid_at": None},
        {"paid_at": None},
        {"amount_due": eur(0), "amount_paid": eur(0)},
        {"finalized_at": datetime(2025, 12, 1, tzinfo=UTC)},
        {"policy": MessagePolicy(payment_received=False)},
        {"attempts": (attempt(day(0), origin=Origin.PAYER),), "due_at": day(14)},
        {"attempts": (), "due_at": day(14)},
    ],
)
def test_nothing_is_acknowledged_that_was_no_late_payment_of_ours(fields):
    """Voided, given up or credited in full, not live, switched off, or on time at the first go."""
    assert received(**{"attempts": (attempt(day(0)),), **fields}) == ()
