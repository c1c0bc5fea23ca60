"""What a failure means: hard or soft, and how long to wait. Codes are data with a source and a date."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from dunwell.domain.payments import Attempt, Failure, Outcome


class Category(StrEnum):
    """`HARD` may not be tried again on the same payment method, `SOFT` may."""

    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class CodeRule:
    """One code's meaning; `source` and `as_of` say who says so, and when that was read."""

    category: Category
    source: str
    as_of: str
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a failure means for the next attempt: `category`, the shortest `wait` after it, and the
    field and code (`rule`) that said so."""

    category: Category
    rule: str
    wait: timedelta = timedelta(0)


_STRIPE = ("Stripe, declines and Smart Retries documentation", "2026-11")
_VISA = ("Visa, Reattempt rules, category 1 response codes", "2025-05")
_MASTERCARD = ("Mastercard, Merchant Advice Codes", "2026-11")


def _hard(source: tuple[str, str], codes: str) -> dict[str, CodeRule]:
    return {code: CodeRule(Category.HARD, *source) for code in codes.split()}


def _wait(code: str, **duration: int) -> dict[str, CodeRule]:
    return {code: CodeRule(Category.SOFT, *_MASTERCARD, timedelta(**duration))}


DECLINE_CODES: Final = _hard(
    _STRIPE,
    "incorrect_number invalid_number lost_card pickup_card stolen_card revocation_of_authorization "
    "revocation_of_all_authorizations stop_payment_order authentication_required "
    "highest_risk_level transaction_not_allowed restricted_card invalid_account "
    "new_account_information_available expired_card fraudulent card_not_supported "
    "account_closed no_account bank_account_restricted debit_not_authorized "
    "bank_ownership_changed invalid_account_number invalid_currency "
    "missing_payment_method",
)
"""Stripe's `decline_code` (or `code`): those that only another payment method can cure."""

ADVICE_CODES: Final = _hard(_STRIPE, "do_not_try_again confirm_card_data")
"""Stripe's `advice_code`; `try_again_later` is soft like any other."""

OUTCOME_TYPES: Final = _hard(_STRIPE, "blocked")

OUTCOME_REASONS: Final = _hard(_STRIPE, "previously_declined_do_not_retry highest_risk_level")

VISA_DECLINE_CODES: Final = _hard(_VISA, "04 07 12 14 15 41 43 46 57 R0 R1 R3")
"""Visa's response codes that may never be reattempted."""

MASTERCARD_ADVICE_CODES: Final = {
    **_hard(_MASTERCARD, "01 03 21 40 41 43"),
    **_wait("02", hours=72),
    **_wait("24", hours=1),
    **_wait("25", hours=24),
    **_wait("26", days=2),
    **_wait("27", days=4),
    **_wait("28", days=6),
    **_wait("29", days=8),
    **_wait("30", days=10),
}
"""Mastercard's merchant advice codes: 01 asks for new account data, 03 and 21 say never."""

NEVER: Final = frozenset({"03", "21"})
"""Advice that means the same wherever it is told: no other network gives these two another meaning."""

SOFT: Final = Verdict(Category.SOFT, "no rule against a retry")
"""Unknown codes are soft: the retry policy and the networks' windows bound them."""


def verdict(failure: Failure | None, brand: str | None = None) -> Verdict:
    """What a failure on a card of `brand` means. The hardest rule wins, then the longest wait."""
    if failure is None:
        return SOFT
    rules = [
        ("decline_code", failure.classified_on, DECLINE_CODES),
        ("advice_code", failure.advice_code, ADVICE_CODES),
        ("outcome.type", failure.outcome_type, OUTCOME_TYPES),
        ("outcome.reason", failure.outcome_reason, OUTCOME_REASONS),
    ]
    if brand in ("visa", None):
        rules.append(("network_decline_code", failure.network_decline_code, VISA_DECLINE_CODES))
    if brand in ("mastercard", None) or failure.network_advice_code in NEVER:
        rules.append(("network_advice_code", failure.network_advice_code, MASTERCARD_ADVICE_CODES))
    found = [
        Verdict(table[code].category, f"{name} {code}", table[code].wait)
        for name, code, table in rules
        if code in table
    ]
    return min(found, key=lambda v: (v.category is Category.SOFT, -v.wait), default=SOFT)


def stops_retries(attempt: Attempt, brand: str | None = None) -> Verdict | None:
    """The verdict that forbids trying the attempt's payment method again, None when none does.

    An attempt that needs the payer (`ACTION_REQUIRED`) stops retries as a hard decline does: only
    the payer, or another payment method, can help.
    """
    if attempt.outcome is Outcome.ACTION_REQUIRED:
        return Verdict(Category.HARD, "the payer must authenticate")
    if attempt.outcome is not Outcome.DECLINED:
        return None
    found = verdict(attempt.failure, brand)
    return found if found.category is Category.HARD else None
