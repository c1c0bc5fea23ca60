"""What `decide_contact` says where a mail came back, or another one has told it already."""

from dataclasses import replace
from datetime import timedelta

from dunwell.domain.customers import Feedback, MessageKind, MessageRecord, MessageState, Suppression

from tests.build import customer, day, rules
from tests.domain.test_contact import contact, message, record, skipped


def bounced(address):
    return Suppression(address, Feedback.BOUNCED, day(0))


def test_a_second_address_is_written_to_once_the_first_bounced():
    """The owner knows it (metadata `dunwell_email`); where it bounced, too, nobody is written to."""
    who = {"metadata": {"dunwell_email": " accounts@customer.example.com "}}
    first, second = bounced("ADA@customer.example.com"), bounced("accounts@customer.example.com")
    assert customer(**who).reachable_address == "ada@customer.example.com"
    assert customer(**who, suppressed=(first,)).reachable_address == "accounts@customer.example.com"
    assert contact([message("a", day(0))], day(0), **who, suppressed=(first,)).next_message is not None
    found = contact([message("a", day(0))], day(0), **who, suppressed=(first, second))
    assert skipped(found) == {"a": "suppressed"}
    assert customer(email=None, **who).reachable_address == "accounts@customer.example.com"


def test_what_bounced_for_good_goes_to_the_second_address_once():
    """Under a key of its own, as long as it is wanted; within the budgets, so on the next day."""
    first, second = bounced("ada@customer.example.com"), bounced("accounts@customer.example.com")
    sent = replace(record("in_1:a", day(0)), sent_to="ada@customer.example.com", feedback=Feedback.BOUNCED)
    wanted = [message("in_1:a", day(0))]

    def found(now, records, *suppressed, second_email="accounts@customer.example.com"):
        metadata = {"dunwell_email": second_email} if second_email else {}
        return contact(wanted, now, records, metadata=metadata, suppressed=suppressed)

    again = found(day(0, 1), [sent], first).next_message
    assert (again.message.key, again.at) == ("in_1:a:rerouted", day(1))
    assert again.message.invoice_id == "in_1"
    told = replace(sent, key="in_1:a:rerouted", sent_to="accounts@customer.example.com", feedback=None)
    assert found(day(1, 1), [sent, told], first).next_message is None
    came_back = replace(told, feedback=Feedback.BOUNCED)
    assert found(day(1, 1), [sent, came_back], first, second).next_message is None
    assert found(day(0, 1), [sent], first, second_email=None).next_message is None, "nobody else to write to"
    assert found(day(0, 1), [sent]).next_message is None, "it may reach them the next time"
    assert skipped(found(day(9), [sent], first)) == {"in_1:a:rerouted": "too_late"}


def test_a_complaint_is_not_answered_at_another_address():
    """They read it, and want none of it."""
    suppressed = Suppression("ada@customer.example.com", Feedback.COMPLAINED, day(0))
    sent = replace(record("a", day(0)), sent_to="ada@customer.example.com", feedback=Feedback.COMPLAINED)
    who = {"metadata": {"dunwell_email": "accounts@customer.example.com"}, "suppressed": (suppressed,)}
    assert contact([message("a", day(0))], day(0, 1), [sent], **who).next_message is None


def test_what_a_statement_told_that_bounced_goes_to_the_second_address():
    """All that it stood for, as a statement again."""
    tells = (message("in_2:b", day(0), invoice_id="in_2"),)
    address = "ada@customer.example.com"
    sent = replace(record("in_1:a", day(0)), sent_to=address, feedback=Feedback.BOUNCED, tells=tells)
    who = {"metadata": {"dunwell_email": "accounts@customer.example.com"}, "suppressed": (bounced(address),)}
    found = contact([message("in_1:a", day(0)), *tells], day(1), [sent], **who).next_message
    assert [one.key for one in (found.message, *found.tells)] == ["in_1:a:rerouted", "in_2:b:rerouted"]


def test_one_note_about_a_card_is_enough():
    """However many invoices are to be paid with it; another card is another matter."""

    def note(invoice_id, card="fp_1/2026-03"):
        key = f"{invoice_id}:card_expiring:{card}"
        return message(key, day(0), MessageKind.CARD_EXPIRING, invoice_id, grace_days=20)

    def told(state):
        key = "in_1:card_expiring:fp_1/2026-03"
        return MessageRecord(key, MessageKind.CARD_EXPIRING, "in_1", state, day(0))

    found = contact([note("in_1"), note("in_2")], day(0))
    assert (found.next_message.message.invoice_id, found.skipped) == ("in_1", ())
    waits = contact([note("in_2")], day(0), [told(MessageState.CLAIMED)])
    assert waits.next_message.at == day(0) + timedelta(minutes=15)
    assert rules(waits.reasons) == ["message_waits"]
    over = contact([note("in_2")], day(0), [told(MessageState.SENT)])
    assert skipped(over) == {"in_2:card_expiring:fp_1/2026-03": "told_already"}
    came_back = replace(told(MessageState.SENT), feedback=Feedback.BOUNCED)
    assert contact([note("in_2")], day(0), [came_back]).next_message.at == day(0)
    again = replace(told(MessageState.SENT), key="in_1:card_expiring:fp_1/2026-03:rerouted")
    assert skipped(contact([note("in_2")], day(0), [came_back, again])) == {
        "in_2:card_expiring:fp_1/2026-03": "told_already"
    }
    gone = contact([note("in_2")], day(0), [told(MessageState.SKIPPED)])
    assert gone.next_message.at == day(0)
    other = contact([note("in_2", "fp_2/2026-03")], day(0), [told(MessageState.SENT)])
    assert other.next_message.at == day(0)
