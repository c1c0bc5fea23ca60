"""Whether an attempt's unknown outcome may be asked for by sending its key again, which may be a charge."""

from collections.abc import Sequence
from datetime import datetime

from dunwell.domain.customers import Customer
from dunwell.domain.invoices import Invoice
from dunwell.domain.ownership import hands_off
from dunwell.domain.payments import Attempt
from dunwell.domain.policies import Settings
from dunwell.domain.reasons import Reason
from dunwell.domain.rests import resting
from dunwell.domain.retries import hard_decline


def not_asked(
    invoice: Invoice, attempts: Sequence[Attempt], customer: Customer, settings: Settings, now: datetime
) -> Reason | None:
    """Why no key may be sent again, None when one may.

    The call may never have reached the processor; sent now, it charges now. So whatever forbids a charge
    forbids the question, and the list of charges tells instead what became of the call.
    """
    if not invoice.is_open:
        return Reason("closed", f"the invoice is {invoice.status}")
    if invoice.payment_processing:
        return Reason("payment_processing", "a payment is processing")
    at_rest = resting(invoice, customer, settings, now)
    return (
        hands_off(invoice, customer, settings)
        or charging_stopped(settings)
        or hard_decline(invoice, attempts)
        or (at_rest.reason if at_rest else None)
    )


def charging_stopped(settings: Settings) -> Reason | None:
    return Reason("charging_stopped", "the owner stopped all charging") if settings.stop.charging else None
