"""What may be behind a failed payment, and how far a code alone tells. Codes err: they are evidence."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from dunwell.domain.payments import Failure


class Cause(StrEnum):
    """`FUNDS`: the account is empty. `LOCK`: the bank locked the card, and each further decline prolongs it.
    `OUTAGE`: the bank cannot be reached. `STALE`: a card that its network may replace. `DEAD`: a card that
    pays no more. `CHANCE`: refused now, taken at another time, without a pattern. `ADVISED`: what a
    network's advice code says is true."""

    FUNDS = "funds"
    LOCK = "lock"
    OUTAGE = "outage"
    STALE = "stale"
    DEAD = "dead"
    CHANCE = "chance"
    ADVISED = "advised"


Shares = Mapping[Cause, float]


def percent(funds: int, lock: int, outage: int, stale: int, dead: int, chance: int) -> Shares:
    """Percent, in the order of the causes."""
    told = (funds, lock, outage, stale, dead, chance)
    return {cause: share / sum(told) for cause, share in zip(Cause, told, strict=False)}


_FUNDS: Final = percent(93, 2, 1, 1, 1, 2)
_OUTAGE: Final = percent(10, 10, 55, 1, 4, 20)
_LIMIT: Final = percent(45, 30, 2, 1, 2, 20)
_GENERIC: Final = percent(46, 11, 4, 4, 5, 30)

CODE_SHARES: Final[Mapping[str, Shares]] = {
    "insufficient_funds": _FUNDS,
    "R01": _FUNDS,
    "withdrawal_count_limit_exceeded": _LIMIT,
    "card_velocity_exceeded": percent(10, 65, 2, 1, 2, 20),
    "issuer_not_available": _OUTAGE,
    "processing_error": _OUTAGE,
    "reenter_transaction": _OUTAGE,
    "try_again_later": percent(28, 14, 19, 1, 4, 34),
    "approve_with_id": _OUTAGE,
    "do_not_honor": _GENERIC,
    "generic_decline": _GENERIC,
    "expired_card": percent(2, 1, 1, 76, 18, 2),
    "invalid_expiry_year": percent(2, 1, 1, 76, 18, 2),
    "incorrect_number": percent(2, 1, 1, 30, 64, 2),
    "suspected_fraud": percent(10, 60, 2, 2, 16, 10),
    "security_violation": percent(10, 60, 2, 2, 16, 10),
}
"""How often a code stands for each cause before anything is learnt: Stripe's descriptions of its decline
codes (docs.stripe.com/declines/codes), weighed by hand. Learning replaces them (`Lessons`). Where a code
tells nothing, chance has a large share: retries on as many days as there are cost little where that is
wrong, and a wait for a pay day that never comes costs more."""

ADVICE_WAITS: Final[Mapping[str, timedelta]] = {
    "02": timedelta(hours=72),
    "24": timedelta(hours=1),
    "25": timedelta(hours=24),
    "26": timedelta(days=2),
    "27": timedelta(days=4),
    "28": timedelta(days=6),
    "29": timedelta(days=8),
    "30": timedelta(days=10),
}
"""How long Mastercard's merchant advice codes ask to wait: evidence here, a rule only where no model weighs
it (`declines`)."""

ADVISED_SHARE: Final = 0.3
"""How often such an advice is true, before anything is learnt."""


def code_of(failure: Failure | None) -> str:
    """What is learnt by: the code a failure is classified on, with the network's advice where it waits."""
    if failure is None:
        return "-"
    code, advice = failure.classified_on or "-", advice_of(failure)
    return f"{code}+{advice}" if advice else code


def advice_of(failure: Failure | None) -> str | None:
    """The advice to wait in a failure, None where there is none."""
    advice = failure.network_advice_code if failure else None
    return advice if advice in ADVICE_WAITS else None


def shares_of(code: str) -> dict[Cause, float]:
    """What a code (`code_of`) stands for before anything is learnt; the shares add up to 1."""
    plain, _, advice = code.partition("+")
    shares = dict(CODE_SHARES.get(plain, _GENERIC))
    if advice:
        shares = {cause: share * (1 - ADVISED_SHARE) for cause, share in shares.items()}
        shares[Cause.ADVISED] = ADVISED_SHARE
    return shares
