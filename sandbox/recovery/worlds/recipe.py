"""What kind of world is drawn: every hidden parameter's range, in one value."""

from dataclasses import dataclass
from typing import Final, TypeAlias

Weighted: TypeAlias = tuple[tuple[str, float], ...]

FORBIDDING: Final = frozenset(
    "lost_card stolen_card pickup_card restricted_card revocation_of_authorization "
    "revocation_of_all_authorizations stop_payment_order".split()
)
"""Decline codes after which a retry of the same card is a violation."""

FORBIDDING_ADVICE: Final = frozenset({"03", "21"})
"""Mastercard's advice codes after which a retry of the same card is a violation."""

PLAIN_CODES: Final[dict[str, Weighted]] = {
    "funds": (("insufficient_funds", 0.9), ("do_not_honor", 0.06), ("generic_decline", 0.04)),
    "risk": (("do_not_honor", 0.45), ("generic_decline", 0.35), ("try_again_later", 0.2)),
    "lock": (("do_not_honor", 0.5), ("generic_decline", 0.3), ("card_velocity_exceeded", 0.2)),
    "outage": (("issuer_not_available", 0.6), ("try_again_later", 0.2), ("processing_error", 0.2)),
}
"""What a cause is told as, where codes are mostly right; a dead card's own cause is its code."""

MASKED_CODES: Final[dict[str, Weighted]] = {
    "funds": (("do_not_honor", 0.4), ("generic_decline", 0.3), ("insufficient_funds", 0.3)),
    "risk": (("do_not_honor", 0.4), ("generic_decline", 0.35), ("insufficient_funds", 0.25)),
    "lock": (("do_not_honor", 0.5), ("insufficient_funds", 0.2), ("generic_decline", 0.3)),
    "outage": (("generic_decline", 0.4), ("do_not_honor", 0.3), ("issuer_not_available", 0.3)),
}
"""Codes that mask one another."""

ALL_KINDS: Final[Weighted] = (
    ("monthly", 4),
    ("twice_monthly", 2),
    ("fortnightly", 3),
    ("weekly", 2),
    ("irregular", 1.5),
)
ALL_FORMS: Final[Weighted] = (("steady", 3), ("bursts", 3), ("share", 2), ("at_once", 3))


@dataclass(frozen=True, slots=True)
class Recipe:
    """Shares are of customers, of invoices or of issuers, 0 to 1; hours and days say so in their names.

    `trouble_share` of the invoices meet a bank that lets each day's attempts pass only with a probability
    drawn from `trouble_pass`. `hours` names what an hour of the day does to that; None: nothing. Where the
    regime changes, `moved_share` of the customers get another employer.
    """

    name: str
    kinds: Weighted = ALL_KINDS
    forms: Weighted = ALL_FORMS
    tight_share: float = 0.4
    regime_changes: bool = False
    moved_share: float = 0.25
    trouble_share: float = 0.0
    trouble_pass: tuple[float, float] = (0.1, 0.4)
    hours: str | None = None
    lock_share: float = 0.0
    lock_trigger: float = 0.6
    lock_hours: tuple[float, float] = (20.0, 110.0)
    outages_a_month: float = 0.0
    outage_hours: tuple[float, float] = (2.0, 36.0)
    dying_share: float = 0.0
    replaced_share: float = 0.6
    replaced_days_max: float = 26.0
    codes: str = "plain"
    advised_share: float = 0.0
    currency: str = "usd"

    def told_as(self, cause: str, *, late: bool) -> Weighted:
        """The codes that a cause is told as, with their weights; `late`: after the change of a regime."""
        masked = self.codes == "masked" or (self.regime_changes and late)
        return (MASKED_CODES if masked else PLAIN_CODES).get(cause, ((cause, 1.0),))
