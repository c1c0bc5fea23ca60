"""Exceptions that the owner makes for one invoice or customer, in the processor's metadata: kept out, paused,
or retried by a rule of their own. Each has a reason and who made it, and an end where it has one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from dunwell.domain import limits
from dunwell.domain.customers import Customer
from dunwell.domain.days import local_date
from dunwell.domain.invoices import Invoice
from dunwell.domain.policies import (
    COLLECT_REASON_KEY,
    HAND_OVER_KEY,
    PastDueAction,
    PastDuePolicy,
    RetryKind,
    RetryPolicy,
    Settings,
)
from dunwell.domain.rests import ANSWERED_KEY, PAUSE_REASON_KEY, PAUSE_UNTIL_KEY, PAUSED_BY_KEY

RETRY_KEY: Final = "dunwell_retry"
"""The retry rule of an invoice or a customer: `off`, `smart`, `even`, or days like `3 5 7`, each after the
attempt before."""

RETRY_UNTIL_KEY: Final = "dunwell_retry_until"
"""The day (owner's zone) from which the settings' rule counts again."""

RETRY_REASON_KEY: Final = "dunwell_retry_reason"

GIVE_UP_KEY: Final = "dunwell_give_up"
"""Metadata of an invoice: why, and by whom, it is given up as soon as it is past due."""

_MADE: Final = frozenset(
    {
        PAUSE_UNTIL_KEY,
        PAUSE_REASON_KEY,
        PAUSED_BY_KEY,
        RETRY_KEY,
        RETRY_UNTIL_KEY,
        RETRY_REASON_KEY,
        GIVE_UP_KEY,
        COLLECT_REASON_KEY,
    }
)
"""All that exceptions are written under, but for `HAND_OVER_KEY`, which hands over as well."""

_DAYS: Final = re.compile(r"\d{1,2}(?:[ ,]+\d{1,2})*")


@dataclass(frozen=True, slots=True)
class OwnRule:
    """A retry rule of an invoice's or a customer's own: the `policy`, and in words whose and why."""

    policy: RetryPolicy
    why: str


def paused(until: date, why: str, by: str) -> dict[str, str]:
    """Metadata that rests everything until a day."""
    return {PAUSE_UNTIL_KEY: until.isoformat(), PAUSE_REASON_KEY: why, PAUSED_BY_KEY: by}


def resumed() -> dict[str, str]:
    """Metadata that ends a pause: the processor deletes what is empty."""
    return {PAUSE_UNTIL_KEY: "", PAUSE_REASON_KEY: "", PAUSED_BY_KEY: ""}


def answered(day: date) -> dict[str, str]:
    """Metadata by which a dispute is answered, and collecting goes on."""
    return {ANSWERED_KEY: day.isoformat()}


def kept_out(why: str, by: str) -> dict[str, str]:
    return {HAND_OVER_KEY: "false", COLLECT_REASON_KEY: f"{why} ({by})"}


def included() -> dict[str, str]:
    """Metadata by which the settings alone say whether it is collected, and when it is given up."""
    return {HAND_OVER_KEY: "", COLLECT_REASON_KEY: "", GIVE_UP_KEY: ""}


def scheduled(rule: str, until: date | None, why: str, by: str) -> dict[str, str]:
    """Metadata with a retry rule of one's own; without a rule that of the settings counts."""
    end = until.isoformat() if until is not None and rule else ""
    return {RETRY_KEY: rule, RETRY_UNTIL_KEY: end, RETRY_REASON_KEY: f"{why} ({by})" if rule else ""}


def rule_of(told: str, usual: RetryPolicy) -> RetryPolicy | None:
    """The policy that a rule's words stand for, None where they stand for none."""
    word = told.strip().lower()
    if word in (RetryKind.OFF, RetryKind.SMART, RetryKind.EVEN):
        return replace(usual, kind=RetryKind(word))
    if _DAYS.fullmatch(word) is None:
        return None
    days = tuple(int(day) for day in re.split(r"[ ,]+", word))
    right = all(1 <= day <= limits.RETRY_WINDOW_DAYS_MAX for day in days) and len(days) <= limits.RETRIES_MAX
    return replace(usual, kind=RetryKind.CUSTOM, days_after_previous=days) if right else None


def given_up(why: str, by: str) -> dict[str, str]:
    """Metadata that has an invoice marked uncollectible in the next night after its due date."""
    return {GIVE_UP_KEY: f"{why} ({by})"}


def without_exceptions(metadata: Mapping[str, str]) -> dict[str, str]:
    """Metadata as if no exception had been made."""
    kept_out_now = metadata.get(HAND_OVER_KEY, "").strip().lower() == "false"
    return {
        key: told
        for key, told in metadata.items()
        if key not in _MADE and not (key == HAND_OVER_KEY and kept_out_now)
    }


def excepted(invoice: Invoice, customer: Customer, settings: Settings, now: datetime) -> Settings:
    """The settings with what the owner has said of this invoice or this customer alone."""
    told = invoice.metadata.get(GIVE_UP_KEY, "").strip()
    if told:
        never = replace(settings.retry, kind=RetryKind.OFF)
        final = PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, 1)
        return replace(settings, retry=never, past_due=final, own_rule=f"the owner gives it up: {told}")
    rule = own_rule(invoice, customer, settings, now)
    return replace(settings, retry=rule.policy, own_rule=rule.why) if rule is not None else settings


def own_rule(invoice: Invoice, customer: Customer, settings: Settings, now: datetime) -> OwnRule | None:
    """The rule of the invoice, else of the customer, as long as it holds."""
    for whose, metadata in (("invoice", invoice.metadata), ("customer", customer.metadata)):
        told = metadata.get(RETRY_KEY, "")
        policy = rule_of(told, settings.retry) if told.strip() else None
        if policy is not None and not _is_over(metadata, settings, now):
            why = metadata.get(RETRY_REASON_KEY)
            return OwnRule(
                policy, f"the {whose} has a rule of its own, {told.strip()}" + (f": {why}" if why else "")
            )
    return None


def _is_over(metadata: Mapping[str, str], settings: Settings, now: datetime) -> bool:
    """Whether the day has come on which a rule ends; one that cannot be read ends nothing."""
    try:
        until = date.fromisoformat(metadata.get(RETRY_UNTIL_KEY, "").strip())
    except ValueError:
        return False
    return local_date(now, settings.time_zone) >= until
