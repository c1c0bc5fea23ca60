"""Which of a message's texts an invoice's facts ask for: names tables of `texts/<language>.toml`."""

from typing import Final

from dunwell.domain.customers import Customer, MessageKind, WantedMessage
from dunwell.domain.days import local_date
from dunwell.domain.decision import Decision
from dunwell.domain.invoices import Invoice
from dunwell.domain.policies import Settings
from dunwell.records import Facts

_NOT_CHARGEABLE: Final = frozenset({"hard_decline", "no_payment_method", "scheme_rule"})
"""Reasons of a decision that nothing but another card or account can cure."""


def variant_of(message: WantedMessage, facts: Facts, decision: Decision, settings: Settings) -> str:
    """The key of the table whose texts the mail uses."""
    if message.kind is MessageKind.PAYMENT_FAILED:
        return f"payment_failed.{_failed(facts, decision)}"
    if message.kind is MessageKind.REMINDER:
        return f"reminder.{_reminder(message.offset_days or 0, facts, settings)}"
    return message.kind.value


def notes_of(message: WantedMessage, facts: Facts, decision: Decision, settings: Settings) -> tuple[str, ...]:
    """The keys of what a statement says below one of its invoices: what it is about, and what is next."""
    due = "page.state.overdue" if is_overdue(facts.invoice, facts.customer, settings) else "page.state.due"
    if facts.invoice.payment_action_required:
        return ("page.state.action_required",)
    if message.kind is MessageKind.PROMISE_BROKEN:
        return ("statement.promise_broken",)
    if message.kind is MessageKind.PAYMENT_FAILED:
        return (f"statement.{_failed(facts, decision)}",)
    last = variant_of(message, facts, decision, settings) == "reminder.last"
    return (due, "statement.last") if last else (due,)


def _failed(facts: Facts, decision: Decision) -> str:
    """When it is tried again, else what the customer can do. Never why a bank refused: codes like a stolen
    card's are not told to customers (docs.stripe.com/declines/codes)."""
    if decision.next_payment_attempt is not None:
        return "will_retry"
    return "other_method" if needs_another_method(facts.invoice, decision) else "pay"


def needs_another_method(invoice: Invoice, decision: Decision) -> bool:
    """Whether an invoice can be collected only once there is another card or account."""
    helpless = _NOT_CHARGEABLE & {reason.rule for reason in decision.reasons}
    return invoice.charges_automatically and (bool(helpless) or invoice.payment_method is None)


def _reminder(offset_days: int, facts: Facts, settings: Settings) -> str:
    """Firmer with each reminder after the due date; the schedule's last one says that it is. One of the due
    date that leaves on a later day of the customer's (its grace, closed days) does not say "today"."""
    if offset_days < 0:
        return "before"
    if offset_days == 0:
        return "after" if is_overdue(facts.invoice, facts.customer, settings) else "today"
    schedule = settings.messages.reminder_offsets_days
    later = sorted({offset_days, *(offset for offset in schedule if offset > 0)})
    if offset_days == later[0]:
        return "after"
    return "last" if offset_days == later[-1] else "again"


def is_overdue(invoice: Invoice, customer: Customer, settings: Settings) -> bool:
    """Whether the due date lies before the day on which the customer reads of it."""
    zone = customer.zone(settings.time_zone)
    return local_date(invoice.read_at, zone) > invoice.due_date(settings.time_zone)
