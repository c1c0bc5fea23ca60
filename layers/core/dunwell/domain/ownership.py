"""Whose invoice it is: ours, the processor's own engine's, kept out, or only observed."""

from collections.abc import Mapping

from dunwell.domain.customers import Customer
from dunwell.domain.invoices import Invoice
from dunwell.domain.policies import COLLECT_REASON_KEY, HAND_OVER_KEY, Settings
from dunwell.domain.reasons import Reason


def hands_off(invoice: Invoice, customer: Customer, settings: Settings) -> Reason | None:
    """Why nothing may be done about an open invoice, None when it is ours and live."""
    return whose(invoice, customer, settings) or observed(invoice, settings)


def whose(invoice: Invoice, customer: Customer, settings: Settings) -> Reason | None:
    """Why an open invoice is not ours to collect, None when it is.

    The rule is "never both": an invoice that the processor has scheduled itself is left alone
    (docs.stripe.com/billing/revenue-recovery: `next_payment_attempt` is null when nothing more is
    scheduled), and one without `auto_advance` is collected only when it was handed over.
    """
    handed = invoice.metadata.get(HAND_OVER_KEY, "").strip().lower()
    if handed == "false":
        return Reason("kept_out", f"its metadata says {HAND_OVER_KEY}=false{_because(invoice.metadata)}")
    if handed != "true" and customer.metadata.get(HAND_OVER_KEY, "").strip().lower() == "false":
        text = f"the customer's metadata says {HAND_OVER_KEY}=false{_because(customer.metadata)}"
        return Reason("kept_out", text)
    if invoice.processor_next_attempt_at is not None and not invoice.attempted:
        return Reason("processor_attempts_first", "the processor is about to make the first attempt itself")
    if invoice.processor_next_attempt_at is not None:
        at = f"{invoice.processor_next_attempt_at:%Y-%m-%d %H:%M} UTC"
        text = f"the processor means to retry it itself at {at}: left alone, two engines would charge twice"
        return Reason("processor_retries", text)
    if invoice.auto_advance or handed == "true" or settings.collect_without_auto_advance:
        return None
    text = "auto_advance is off and nothing hands it over (settings or metadata): left alone"
    return Reason("not_handed_over", text)


def observed(invoice: Invoice, settings: Settings) -> Reason | None:
    """Why an invoice is only observed, None when it is live.

    An invoice that was open before the activation is observed until the owner adopts such invoices
    or hands this one over. It depends on facts alone, not on which event was heard first.
    """
    if settings.active_since is None:
        return Reason(
            "observe_mode", "observe mode: decisions and reasons only, until the owner activates Dunwell"
        )
    since = invoice.finalized_at or invoice.created_at
    handed = invoice.metadata.get(HAND_OVER_KEY, "").strip().lower() == "true"
    if since >= settings.active_since or settings.adopt_open_invoices or handed:
        return None
    return Reason(
        "open_before_activation",
        "it was open before the activation: observed until it is adopted or handed over",
    )


def _because(metadata: Mapping[str, str]) -> str:
    why = metadata.get(COLLECT_REASON_KEY)
    return f": {why}" if why else ""
