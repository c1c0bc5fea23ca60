"""The final actions: crediting a shortfall too small to chase, and giving an invoice up."""

from datetime import datetime, timedelta

from dunwell.domain.days import at_local, local_date
from dunwell.domain.invoices import Invoice
from dunwell.domain.policies import PastDueAction, Settings


def days_past_due(invoice: Invoice, settings: Settings, now: datetime) -> int:
    """Whole calendar days since the due date in the owner's zone; 0 on the day itself, negative before."""
    return (local_date(now, settings.time_zone) - invoice.due_date(settings.time_zone)).days


def is_within_tolerance(invoice: Invoice, settings: Settings) -> bool:
    """Whether what remains after a partial payment is too small to chase."""
    tolerance = settings.tolerance.get(invoice.amount_remaining.currency)
    return tolerance is not None and invoice.partially_paid and invoice.amount_remaining <= tolerance


def credit_due_at(invoice: Invoice, settings: Settings) -> datetime:
    """When a shortfall is credited: from the first minute after the due date (owner's zone).

    Until then the customer may still pay the rest.
    """
    return _start_of_day(invoice, settings, 1)


def uncollectible_due_at(invoice: Invoice, settings: Settings) -> datetime | None:
    """When the invoice is marked uncollectible: from the first minute of the Nth local day past due.

    None when it is left past due.
    """
    if settings.past_due.action is PastDueAction.LEAVE_PAST_DUE:
        return None
    return _start_of_day(invoice, settings, settings.past_due.after_days)


def _start_of_day(invoice: Invoice, settings: Settings, days: int) -> datetime:
    day = invoice.due_date(settings.time_zone) + timedelta(days=days)
    return at_local(day, 0, settings.time_zone)
