from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from dunwell.domain.contact import decide_contact
from dunwell.domain.customers import (
    Feedback,
    MessageKind,
    MessageRecord,
    MessageState,
    Suppression,
    WantedMessage,
)
from dunwell.domain.policies import MessagePolicy, Stop

from tests.build import customer, day, rules, settings

ANY_HOUR = settings(messages=MessagePolicy(send_from_hour=0, send_until_hour=24))


def message(key, at, kind=MessageKind.REMINDER, invoice_id="in_1", grace_days=3):
    return WantedMessage(key, kind, invoice_id, at, at + timedelta(days=grace_days))


def record(key, at, state=MessageState.SENT, invoice_id="in_1", offset_days=3):
    return MessageRecord(key, MessageKind.REMINDER, invoice_id, state, at, offset_days=offset_days)


def contact(wanted, now, records=(), chosen=None, **who):
    return decide_contact(customer(records=tuple(records), **who), wanted, chosen or settings(), now)


def skipped(found):
    return dict(
        zip((skip.message.key for skip in found.skipped), rules(s.reason for s in found.skipped), strict=True)
    )


def test_the_message_that_is_due_first_is_next():
    """Later ones wait for their turn."""
    found = contact([message("b", day(2)), message("a", day(1))], day(0))
    assert (found.next_message.message.key, found.next_message.at) == ("a", day(1))
    assert rules(found.reasons) == ["message_next"]


def test_without_a_wish_there_is_no_message():
    """What was sent, skipped or is under way is no wish any more."""
    for state in MessageState:
        found = contact([message("a", day(0))], day(0), [record("a", day(0), state)])
        assert found.next_message is None
    assert rules(found.reasons) == ["nothing_wanted"]


def test_a_message_waits_for_the_send_hours():
    """Nine to eighteen o'clock, in the customer's own zone."""
    found = contact([message("a", day(0, 11))], day(0, 11))  # 20:00 UTC
    assert found.next_message.at == day(1)
    assert rules(found.reasons) == ["message_waits"]
    in_tokyo = contact([message("a", day(0, 11))], day(0, 11), time_zone="Asia/Tokyo")  # 05:00 there
    assert in_tokyo.next_message.at == day(0, 15)


def test_one_mail_for_an_invoice_and_day():
    """The second goes the next morning, or at midnight if it may; another invoice's goes at once."""
    sent = [record("x", day(0))]
    assert contact([message("a", day(0, 1))], day(0, 1), sent).next_message.at == day(1)
    at_any_hour = contact([message("a", day(0, 1))], day(0, 1), sent, ANY_HOUR)
    assert at_any_hour.next_message.at == datetime(2026, 3, 3, tzinfo=UTC)
    other = message("a", day(0, 1), invoice_id="in_2")
    assert contact([other], day(0, 1), sent).next_message.at == day(0, 1)


@pytest.mark.parametrize("state", [MessageState.PLANNED, MessageState.CLAIMED])
def test_a_mail_in_somebodys_hand_uses_up_any_day(state):
    """It was handed over yesterday and could not leave; it may leave today."""
    found = contact([message("b", day(0))], day(1), [record("a", day(0), state)], chosen=ANY_HOUR)
    assert found.next_message.at == day(2).replace(hour=0)


def test_three_mails_for_a_customer_and_week():
    """The fourth waits until the first is a week old."""
    sent = [record(f"x{n}", day(n), invoice_id=f"in_{n}") for n in range(3)]
    found = contact([message("a", day(3), grace_days=9)], day(3), sent, ANY_HOUR)
    assert found.next_message.at == day(7)


def test_a_mail_that_may_have_left_uses_up_the_budget_and_a_skipped_one_does_not():
    """Unknown counts as sent."""
    for state, at in (
        (MessageState.UNKNOWN, day(1)),
        (MessageState.PLANNED, day(1)),
        (MessageState.SKIPPED, day(0, 1)),
    ):
        found = contact([message("a", day(0, 1))], day(0, 1), [record("x", day(0), state)])
        assert found.next_message.at == at


def test_a_message_whose_last_day_passed_is_skipped():
    """After an outage: never a blast of old mails."""
    found = contact([message("a", day(0))], day(3))
    assert (found.next_message, skipped(found)) == (None, {"a": "too_late"})


def test_of_several_due_messages_of_a_kind_only_the_newest_is_sent():
    """Send the latest, say why the others were not."""
    wanted = [message("a", day(0), grace_days=9), message("b", day(2), grace_days=9), message("c", day(4))]
    for now in (day(2), day(3)):
        found = contact(wanted, now)
        assert found.next_message.message.key == "b"
        assert skipped(found) == {"a": "superseded"}


def test_a_message_gives_way_to_the_newest_of_those_that_are_due():
    """The reason names the one that is sent."""
    wanted = [message(f"mail_{n}", day(n), grace_days=9) for n in (0, 2, 1)]
    found = contact(wanted, day(3))
    assert skipped(found) == {"mail_0": "superseded", "mail_1": "superseded"}
    assert all(skip.reason.text.startswith("mail_2 ") for skip in found.skipped)


def test_a_newer_message_that_is_too_late_itself_supersedes_nothing():
    """From the very instant at which it expires."""
    found = contact([message("a", day(0), grace_days=9), message("b", day(1), grace_days=2)], day(3))
    assert found.next_message.message.key == "a"
    assert skipped(found) == {"b": "too_late"}


def test_messages_of_other_kinds_and_invoices_do_not_supersede():
    """Each has something of its own to say."""
    wanted = [
        message("a", day(0)),
        message("b", day(1), invoice_id="in_2"),
        message("c", day(1), MessageKind.PAYMENT_FAILED),
    ]
    assert skipped(contact(wanted, day(1))) == {}


def test_a_message_without_room_before_its_last_day_is_skipped():
    """The budget of the week is used up for longer than the message is of use."""
    sent = [record(f"x{n}", day(2), invoice_id=f"in_{n}") for n in range(3)]
    found = contact([message("a", day(3))], day(3), sent)
    assert skipped(found) == {"a": "no_room"}
    until_the_opening = WantedMessage("a", MessageKind.REMINDER, "in_1", day(0, 11), day(1))
    assert skipped(contact([until_the_opening], day(0, 11))) == {"a": "no_room"}


@pytest.mark.parametrize("address", [None, ""])
def test_a_customer_without_an_address_is_not_written_to(address):
    """The record says why; but only when the message is due, since they may give one until then."""
    found = contact([message("a", day(0)), message("b", day(5), invoice_id="in_2")], day(0), email=address)
    assert skipped(found) == {"a": "no_address"}
    assert found.next_message.message.key == "b"


def test_an_address_that_bounced_is_not_written_to_and_another_one_is():
    """Whatever its case; what it did is the reason."""
    bad = Suppression("Ada@customer.example.com", Feedback.BOUNCED, day(-3))
    found = contact([message("a", day(0))], day(0), suppressed=(bad,))
    assert skipped(found) == {"a": "suppressed"}
    assert found.skipped[0].reason.text == "the address bounced on 2026-02-27"
    found = contact([message("a", day(0))], day(0), suppressed=(bad,), email="ada@new.example.com")
    assert found.next_message.message.key == "a"


def test_while_all_mail_is_stopped_a_message_waits_and_is_skipped_in_the_end():
    """A quarter of an hour at a time, until its last day is over."""
    chosen = settings(messages=MessagePolicy(send_from_hour=0, send_until_hour=24), stop=Stop(mail=True))
    found = contact([message("a", day(0))], day(1), chosen=chosen)
    assert found.next_message.at == day(1) + timedelta(minutes=15)
    assert skipped(contact([message("a", day(0))], day(3), chosen=chosen)) == {"a": "too_late"}


def test_a_failed_payment_is_more_urgent_than_a_reminder():
    """Of two that could leave at the same instant."""
    wanted = [message("a", day(0)), message("z", day(0), MessageKind.PAYMENT_FAILED, "in_2")]
    assert contact(wanted, day(0)).next_message.message.key == "z"


def test_a_message_for_later_waits_for_its_own_time():
    """The next message is known long before it may leave."""
    found = contact([message("a", day(5))], day(0))
    assert found.next_message.at == day(5)


def receipt(at, invoice_id="in_1"):
    return message(f"{invoice_id}:payment_received", at, MessageKind.PAYMENT_RECEIVED, invoice_id)


def test_a_receipt_follows_only_where_somebody_was_asked():
    """A mail about another invoice, one that may not have left, or told of no lack: none had asked."""
    for earlier in (
        record("x", day(0), invoice_id="in_2"),
        record("x", day(0), MessageState.SKIPPED),
        record("x", day(0), MessageState.UNKNOWN),
        record("x", day(0), MessageState.CLAIMED),
        record("x", day(0), offset_days=-3),
        record("x", day(0), offset_days=0),
        MessageRecord("x", MessageKind.CARD_EXPIRING, "in_1", MessageState.SENT, day(0)),
        MessageRecord("x", MessageKind.INVOICE_FINALIZED, "in_1", MessageState.SENT, day(0)),
    ):
        assert skipped(contact([receipt(day(1))], day(1), [earlier])) == {
            "in_1:payment_received": "never_asked"
        }
    failed = MessageRecord("x", MessageKind.PAYMENT_FAILED, "in_1", MessageState.SENT, day(0))
    for told in (record("x", day(0)), failed):
        assert contact([receipt(day(1))], day(1), [told]).next_message.at == day(1)


def test_a_receipt_neither_waits_for_a_budget_nor_uses_one_up():
    """Three mails went out this week, one of them today."""
    sent = [record(f"r{n}", day(n)) for n in (0, 1, 2)]
    found = contact([receipt(day(2, 1))], day(2, 1), sent)
    assert found.next_message.at == day(2, 1)
    told = MessageRecord(
        "in_1:payment_received", MessageKind.PAYMENT_RECEIVED, "in_1", MessageState.SENT, day(1)
    )
    again = contact([message("a", day(1, 1))], day(1, 1), [record("r", day(0)), told])
    assert again.next_message.at == day(1, 1)


def test_who_unsubscribed_gets_what_is_owed_and_nothing_that_only_helps():
    """Reminders before the due date and notes about cards end; one that is overdue still comes."""
    early = replace(message("early", day(0)), offset_days=-3)
    late = replace(message("late", day(0), invoice_id="in_2"), offset_days=3)
    note = message("note", day(0), MessageKind.CARD_EXPIRING, "in_3")
    found = contact([early, late, note], day(0), unsubscribed_at=day(-1))
    assert skipped(found) == {"early": "unsubscribed", "note": "unsubscribed"}
    assert found.next_message.message == late


def test_a_receipt_follows_on_a_reminder_of_the_first_day_past_due():
    """One of the due date itself had not asked for a payment that was missing."""
    receipt = message("in_1:payment_received", day(9), MessageKind.PAYMENT_RECEIVED)
    for offset, rule in ((0, "never_asked"), (1, None)):
        found = contact([receipt], day(9), [record("in_1:reminder", day(2), offset_days=offset)])
        assert skipped(found) == ({"in_1:payment_received": rule} if rule else {})
