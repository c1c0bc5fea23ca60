"""What rests an invoice, and when it goes on: a payer's promise or dispute, a pause that the owner has set.

The owner says it in the processor's metadata, of an invoice or of a customer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from dunwell.domain.customers import Customer
from dunwell.domain.days import at_local, next_within_hours
from dunwell.domain.invoices import Invoice
from dunwell.domain.payers_word import AskedTime, Dispute, Promise
from dunwell.domain.policies import Settings
from dunwell.domain.reasons import Reason

PAUSE_UNTIL_KEY: Final = "dunwell_pause_until"
"""Metadata of an invoice or a customer: the day (`2026-04-01`, owner's zone) on which collecting goes on."""

PAUSE_REASON_KEY: Final = "dunwell_pause_reason"
"""Metadata beside it: why, in the owner's words."""

PAUSED_BY_KEY: Final = "dunwell_pause_by"
"""Metadata beside it: who paused it."""

ANSWERED_KEY: Final = "dunwell_answered"
"""Metadata of an invoice: the day (owner's zone) from which a dispute is answered, and collecting goes on."""

REST_THAT_COUNTS: Final = timedelta(days=1)
"""A shorter one that its owner ends is a slip: what was planned goes on as it was."""

_ORDER: Final = ("disputed", "paused", "promised")
"""Which rest is told of, where there are several."""


@dataclass(frozen=True, slots=True)
class Rest:
    """That nothing is done about an invoice, until when (UTC; None: until the owner says so), and why. `over`
    is what is told of it afterwards."""

    until: datetime | None
    reason: Reason
    over: str = ""


def resting(invoice: Invoice, customer: Customer, settings: Settings, now: datetime) -> Rest | None:
    """Why nothing is done about an invoice that is ours and live, None when something may be."""
    standing = [
        rest for rest in _rests(invoice, customer, settings) if rest.until is None or now < rest.until
    ]
    return min(standing, key=lambda rest: _rank(rest, now), default=None)


def went_on(invoice: Invoice, customer: Customer, settings: Settings, now: datetime) -> AskedTime | None:
    """The first send hour after the invoice's last rest that is over, when the card is tried once, whatever
    the policy's window; None when nothing rested it since it was finalized."""
    born = invoice.finalized_at or invoice.created_at
    ended = [
        (rest.until, rest.over)
        for rest in _rests(invoice, customer, settings)
        if rest.until is not None and born < rest.until <= now
    ]
    found = invoice.rest_ended_at
    if found is None and not ended:
        return None
    until, over = max(ended, default=(born, "it does not rest any more: tried on that morning"))
    until, policy = max(until, found or until), settings.messages
    zone = customer.zone(settings.time_zone)
    at = next_within_hours(until, policy.send_from_hour, policy.send_until_hour, zone)
    return AskedTime(until, at, over, prolongs=True)


def remembered(
    invoice: Invoice, before: Invoice | None, customer: Customer, settings: Settings, now: datetime
) -> Invoice:
    """The invoice with what a look at `now` finds of its rest: one that was ended by whoever had set it ends
    at the look that finds it gone, whatever day was named; one of less than a day changes no plan."""
    rests = resting(invoice, customer, settings, now) is not None
    since = before.at_rest_since if before is not None else None
    ended_at = before.rest_ended_at if before is not None else None
    if since is not None and not rests and now - since >= REST_THAT_COUNTS:
        ended_at = now
    return replace(invoice, at_rest_since=(since or now) if rests else None, rest_ended_at=ended_at)


def _rank(rest: Rest, now: datetime) -> tuple[int, bool, timedelta]:
    """By its kind, then the one that lasts longest."""
    left = rest.until - now if rest.until is not None else timedelta()
    return _ORDER.index(rest.reason.rule), rest.until is not None, -left


def _rests(invoice: Invoice, customer: Customer, settings: Settings) -> Iterator[Rest]:
    """All that rests or rested the invoice, as far as it is told."""
    if invoice.word.dispute is not None:
        yield _disputed(invoice.word.dispute, invoice.metadata.get(ANSWERED_KEY), settings)
    for whose, metadata in (("invoice", invoice.metadata), ("customer", customer.metadata)):
        told = metadata.get(PAUSE_UNTIL_KEY)
        if told:
            yield _paused(whose, told, metadata, settings)
    if invoice.word.promise is not None:
        yield _promised(invoice.word.promise)


def _disputed(dispute: Dispute, answered: str | None, settings: Settings) -> Rest:
    said = dispute.complaint.replace("_", " ")
    text = f"the customer says: {said}; nothing is done until the owner has answered"
    day = _day(answered, settings) if answered else None
    if answered and day is None:
        text += f", and {ANSWERED_KEY} is no day like 2026-04-01"
    over = "the owner has answered the customer's dispute: tried on that morning"
    return Rest(max(day, dispute.made_at) if day else None, Reason("disputed", text), over)


def _paused(whose: str, told: str, metadata: Mapping[str, str], settings: Settings) -> Rest:
    """A day that cannot be read pauses until it can: nothing is done against the owner's wish."""
    why, by, until = metadata.get(PAUSE_REASON_KEY), metadata.get(PAUSED_BY_KEY), _day(told, settings)
    because = (f": {why}" if why else "") + (f" ({by})" if by else "")
    if until is None:
        text = f"the {whose}'s {PAUSE_UNTIL_KEY} is no day like 2026-04-01; paused until it is{because}"
        return Rest(None, Reason("paused", text))
    text = f"the owner has paused the {whose} until {told.strip()}{because}"
    return Rest(until, Reason("paused", text), f"the {whose}'s pause is over: tried on that morning")


def _promised(promise: Promise) -> Rest:
    text = f"the customer promised to pay by {promise.by_date}: retries and reminders rest until then"
    over = f"the promise to pay by {promise.by_date} was not kept: tried on the day after"
    return Rest(promise.ends_at, Reason("promised", text), over)


def _day(told: str, settings: Settings) -> datetime | None:
    """The beginning of a day in the owner's zone, None for what is none."""
    try:
        return at_local(date.fromisoformat(told.strip()), 0, settings.time_zone)
    except (ValueError, OverflowError):
        return None
