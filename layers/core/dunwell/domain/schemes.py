"""The rules of card networks and bank debit schemes: how often, on which failures, for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dunwell.domain.limits import CARD_ATTEMPTS_MAX, CARD_WINDOW, NETWORK_LATENESS_MAX
from dunwell.domain.payments import Attempt, PaymentMethod


@dataclass(frozen=True, slots=True)
class Window:
    """At most `attempts_max` attempts on one card or account within `length`."""

    attempts_max: int
    length: timedelta


@dataclass(frozen=True, slots=True)
class SchemeRules:
    """One scheme's rules. `retryable` holds the only codes that may be retried (None: all soft ones);
    `retries_max` and `within` bound the retries after the first failure (None: no bound of its own)."""

    name: str
    source: str
    as_of: str
    windows: tuple[Window, ...] = ()
    retryable: frozenset[str] | None = None
    retries_max: int | None = None
    within: timedelta | None = None


_OWN_WINDOW = Window(CARD_ATTEMPTS_MAX, CARD_WINDOW)

CARDS: Final = {
    "visa": SchemeRules(
        "Visa", "Visa reattempt rules (20 in 30 days since 2025-05; the older 15 is kept)", "2025-05",
        windows=(_OWN_WINDOW,),
    ),
    "mastercard": SchemeRules(
        "Mastercard", "Mastercard Transaction Processing Excellence (10 a day, 35 in 30 days)", "2026-11",
        windows=(Window(10, timedelta(days=1)), Window(35, timedelta(days=30)), _OWN_WINDOW),
    ),
}  # fmt: skip

OTHER_CARDS: Final = SchemeRules(
    "card", "Dunwell's own limit, the strictest network's", "2026-11", windows=(_OWN_WINDOW,)
)

BANK_DEBITS: Final = {
    "us_bank_account": SchemeRules(
        "ACH", "Nacha Operating Rules, reinitiation of entries: R01 and R09, twice in 180 days", "2026-11",
        retryable=frozenset({"R01", "R09", "insufficient_funds", "uncollected_funds"}),
        retries_max=2, within=timedelta(days=180),
    ),
    "sepa_debit": SchemeRules(
        "SEPA", "EPC SDD Core rulebook as applied by Stripe: insufficient funds, twice", "2026-11",
        retryable=frozenset({"insufficient_funds", "AM04"}), retries_max=2,
    ),
    "bacs_debit": SchemeRules(
        "Bacs", "Bacs service user's guide: re-presentation within 30 days, same amount", "2026-11",
        retryable=frozenset({"insufficient_funds", "refer_to_customer", "0"}),
        within=timedelta(days=30),
    ),
}  # fmt: skip

OTHER_DEBITS: Final = SchemeRules(
    "bank debit", "Dunwell's own rule for schemes it has no source for: as SEPA", "2026-11",
    retryable=frozenset({"insufficient_funds"}), retries_max=2,
)  # fmt: skip

AUTHENTICATED_COUNTRIES: Final = frozenset({"IN"})
"""Issuing countries whose cards need the payer for each payment (Reserve Bank of India, e-mandates;
Stripe retries none of them without a new payment method; 2026-11)."""


def rules_for(method: PaymentMethod) -> SchemeRules:
    """The rules of the network or scheme behind a payment method."""
    if method.is_card or method.kind == "link":
        return CARDS.get(method.brand or "", OTHER_CARDS)
    return BANK_DEBITS.get(method.kind, OTHER_DEBITS)


def forbids_retry(method: PaymentMethod, series: Sequence[Attempt]) -> str | None:
    """Why the scheme forbids another attempt after `series` (attempts on this method and invoice,
    oldest first), None when it allows one. Says nothing about when."""
    rules = rules_for(method)
    if method.is_card and method.country in AUTHENTICATED_COUNTRIES and series:
        return f"a card issued in {method.country} needs the payer for each retry"
    failed = [attempt for attempt in series if attempt.failed]
    if not failed:
        return None
    if rules.retryable is not None and not _codes(failed[-1]) & rules.retryable:
        code = failed[-1].failure.classified_on if failed[-1].failure else None
        return f"{rules.name} allows no retry after {code or 'this failure'}"
    if rules.retries_max is not None and len(series) > rules.retries_max:
        return f"{rules.name} allows {rules.retries_max} retries"
    return None


def latest_retry(method: PaymentMethod, series: Sequence[Attempt]) -> datetime | None:
    """The last instant at which the scheme allows a retry after `series`, None without a bound."""
    rules = rules_for(method)
    return series[0].started_at + rules.within if rules.within and series else None


def earliest_attempt(method: PaymentMethod, wanted: datetime) -> datetime:
    """`wanted`, or the next instant at which the networks' windows admit one more attempt, counted by their
    clocks."""
    at = wanted
    for window in rules_for(method).windows:
        length = window.length + NETWORK_LATENESS_MAX
        recent = sorted(t for t in method.attempted_at if t > at - length)
        if len(recent) >= window.attempts_max:
            at = max(at, recent[-window.attempts_max] + length)
    return at


def _codes(attempt: Attempt) -> set[str | None]:
    failure = attempt.failure
    return {failure.classified_on, failure.network_decline_code} if failure else set()
