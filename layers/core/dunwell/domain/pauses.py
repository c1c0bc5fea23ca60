"""Pauses that the owner sets in the processor's metadata, on an invoice or on all of a customer's."""

from datetime import date, datetime
from typing import Final

from dunwell.domain.customers import Customer
from dunwell.domain.days import at_local
from dunwell.domain.invoices import Invoice
from dunwell.domain.payers_word import Rest, rest
from dunwell.domain.policies import Settings
from dunwell.domain.reasons import Reason

PAUSE_UNTIL_KEY: Final = "dunwell_pause_until"
"""Metadata of an invoice or a customer: the day (`2026-04-01`, owner's zone) on which collecting goes on."""

PAUSE_REASON_KEY: Final = "dunwell_pause_reason"
"""Metadata beside it: why, in the owner's words."""

ANSWERED_KEY: Final = "dunwell_answered"
"""Metadata of an invoice: "true" ends a dispute, because the owner has answered it."""


def resting(invoice: Invoice, customer: Customer, settings: Settings, now: datetime) -> Rest | None:
    """Why nothing is done about an invoice that is ours and live: a dispute, a pause or a promise; None when
    something may be."""
    said = rest(invoice.word.answered() if is_answered(invoice) else invoice.word, now)
    if said is not None and said.until is None:
        return said
    return _paused(invoice, customer, settings, now) or said


def is_answered(invoice: Invoice) -> bool:
    """Whether the owner has answered the invoice's dispute, the only one there can be."""
    return invoice.metadata.get(ANSWERED_KEY, "").strip().lower() == "true"


def _paused(invoice: Invoice, customer: Customer, settings: Settings, now: datetime) -> Rest | None:
    """The pause of the invoice or of the customer that lasts longest, None where there is none."""
    found = [
        _pause(whose, told, metadata.get(PAUSE_REASON_KEY), settings, now)
        for whose, metadata in (("invoice", invoice.metadata), ("customer", customer.metadata))
        if (told := metadata.get(PAUSE_UNTIL_KEY))
    ]
    pauses = [pause for pause in found if pause is not None]
    forever = next((pause for pause in pauses if pause.until is None), None)
    return forever or max(pauses, key=lambda pause: pause.until or now, default=None)


def _pause(whose: str, told: str, why: str | None, settings: Settings, now: datetime) -> Rest | None:
    """One pause; a day that cannot be read pauses until it can: nothing is done against the owner's wish."""
    because = f": {why}" if why else ""
    try:
        until = at_local(date.fromisoformat(told.strip()), 0, settings.time_zone)
    except (ValueError, OverflowError):
        text = f"the {whose}'s {PAUSE_UNTIL_KEY} is no day like 2026-04-01; paused until it is{because}"
        return Rest(None, Reason("paused", text))
    if now >= until:
        return None
    return Rest(until, Reason("paused", f"the owner has paused the {whose} until {told.strip()}{because}"))
