"""Statements: what asks to pay several invoices at once is one mail, and settles all that it tells."""

from dataclasses import replace
from datetime import timedelta

import pytest
from dunwell.domain.contact import decide_contact
from dunwell.domain.customers import MessageKind, MessageRecord, MessageState, WantedMessage
from dunwell.domain.limits import INVOICES_PER_STATEMENT_MAX
from dunwell.domain.policies import MessagePolicy

from tests.build import customer, day, rules, settings

KIND = MessageKind


def asking(invoice_id, at, kind=KIND.REMINDER, offset_days=3):
    offset = offset_days if kind is KIND.REMINDER else None
    return WantedMessage(f"{invoice_id}:{kind}", kind, invoice_id, at, at + timedelta(days=4), offset)


def statement(*tells, state=MessageState.SENT, at):
    lead = "in_lead:reminder"
    return MessageRecord(lead, KIND.REMINDER, "in_lead", state, at, offset_days=3, tells=tells)


def contact(wanted, now, *records, **policy):
    chosen = settings(messages=MessagePolicy(**policy))
    return decide_contact(customer(records=records), wanted, chosen, now)


def told(found):
    return [found.next_message.message.invoice_id, *(one.invoice_id for one in found.next_message.tells)]


def test_what_asks_to_pay_and_falls_together_is_one_mail():
    """A failed payment first, then by their keys; what falls later has a mail of its own."""
    wanted = [
        asking("in_3", day(1)),
        asking("in_1", day(1)),
        asking("in_2", day(1), KIND.PAYMENT_FAILED),
        asking("in_4", day(2)),
    ]
    assert told(contact(wanted, day(1))) == ["in_2", "in_1", "in_3"]
    assert told(contact(wanted, day(0))) == ["in_2", "in_1", "in_3"]
    assert told(contact(wanted, day(1), statements=False)) == ["in_2"]


@pytest.mark.parametrize(
    "other",
    [
        asking("in_2", day(1), KIND.INVOICE_FINALIZED),
        asking("in_2", day(1), KIND.CARD_EXPIRING),
        asking("in_2", day(1), KIND.PAYMENT_ACTION_REQUIRED),
        asking("in_2", day(1), KIND.PROMISE_CONFIRMED),
        asking("in_2", day(1), offset_days=-3),
    ],
    ids=lambda one: f"{one.kind}{one.offset_days}",
)
def test_what_asks_for_something_else_stands_alone(other):
    """Or only helps, so that one can unsubscribe from it."""
    wanted = [asking("in_1", day(1)), other]
    assert len(told(contact(wanted, day(1)))) == 1
    assert len(told(contact([other, asking("in_3", day(1), KIND.CARD_EXPIRING)], day(1)))) == 1


def test_each_invoice_is_told_of_once():
    """By its most urgent message."""
    wanted = [asking("in_1", day(1)), asking("in_2", day(1)), asking("in_2", day(1), KIND.PAYMENT_FAILED)]
    found = contact(wanted, day(1))
    assert told(found) == ["in_2", "in_1"]
    assert found.next_message.message.kind is KIND.PAYMENT_FAILED


def test_a_statement_holds_six_invoices():
    """The rest has the next day's mail."""
    wanted = [asking(f"in_{n:02}", day(1)) for n in range(9)]
    assert told(contact(wanted, day(1))) == [f"in_{n:02}" for n in range(INVOICES_PER_STATEMENT_MAX)]
    rest = contact(wanted[6:], day(1, 1), statement(*wanted[1:6], at=day(1)))
    assert (told(rest), rest.next_message.at) == (["in_06", "in_07", "in_08"], day(2))


def test_reminders_before_the_due_date_are_one_mail():
    """From which one can unsubscribe; that of the due date is another."""
    early = [asking(f"in_{n}", day(1), offset_days=-3) for n in (1, 2)]
    assert told(contact([*early, asking("in_3", day(1), offset_days=0)], day(1))) == ["in_1", "in_2"]
    due = [asking(f"in_{n}", day(1), offset_days=n) for n in (0, 3)]
    assert told(contact(due, day(1))) == ["in_0", "in_3"]


@pytest.mark.parametrize("state", MessageState)
def test_what_a_statement_tells_is_settled_unless_it_was_skipped(state):
    """While it is on its way, and when nobody knows whether it left: then it is the mail of its day."""
    late = asking("in_1", day(0))
    found = contact([late], day(1), statement(late, state=state, at=day(1)))
    assert (found.next_message is None) == (state is not MessageState.SKIPPED)
    newer = replace(asking("in_1", day(1)), key="in_1:another")
    again = contact([newer], day(1), statement(late, state=state, at=day(1)))
    assert again.next_message.at == (day(1) if state is MessageState.SKIPPED else day(2))


def test_a_statement_is_one_mail_of_the_weeks_three():
    """However many invoices it tells of."""
    sent = statement(*(asking(f"in_{n}", day(0)) for n in range(1, 6)), at=day(0))
    assert contact([asking("in_9", day(0))], day(1), sent).next_message.at == day(1)
    other = [asking("in_9", day(0), KIND.PAYMENT_ACTION_REQUIRED)]
    assert contact(other, day(0, 1), sent).next_message.at == day(0, 1)


def test_what_a_statement_asked_for_is_thanked_for():
    """As if it had had a mail of its own."""
    paid = [asking("in_1", day(1), KIND.PAYMENT_RECEIVED)]
    sent = statement(asking("in_1", day(0)), at=day(0))
    assert contact(paid, day(1), sent).next_message is not None
    other = statement(asking("in_2", day(0)), at=day(0))
    assert rules(skip.reason for skip in contact(paid, day(1), other).skipped) == ["never_asked"]
