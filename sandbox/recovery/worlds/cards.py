"""A customer's cards: the one that dies, and the one by which the network replaces it; nothing of money."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from sandbox.recovery.worlds.banks import Issuer
from sandbox.recovery.worlds.chance import opaque, pick
from sandbox.recovery.worlds.recipe import Recipe

_BRANDS: Final = (("visa", 0.55), ("mastercard", 0.38), ("amex", 0.07))
_FUNDINGS: Final = (("debit", 0.55), ("credit", 0.37), ("prepaid", 0.08))
_DEATHS: Final = (
    ("expired_card", 0.45),
    ("invalid_account", 0.2),
    ("lost_card", 0.12),
    ("stolen_card", 0.08),
    ("pickup_card", 0.05),
    ("do_not_honor", 0.1),
)


@dataclass(frozen=True, slots=True)
class Wallet:
    """`cards` are what events show before and after a replacement. Hours since the world's start, in UTC.

    `dies_at_hour` and `replaced_at_hour` are None for what never happens; `death` is the code then told.
    """

    issuer: Issuer
    funding: str
    brand: str
    cards: tuple[dict[str, Any], dict[str, Any]]
    death: str
    dies_at_hour: int | None
    replaced_at_hour: int | None

    def is_dead(self, hour: int) -> bool:
        """Between its death and its replacement."""
        if self.dies_at_hour is None or hour < self.dies_at_hour:
            return False
        return not self.is_replaced(hour)

    def is_replaced(self, hour: int) -> bool:
        return self.replaced_at_hour is not None and hour >= self.replaced_at_hour

    def shown(self, hour: int) -> dict[str, Any]:
        """The card as an event of that hour shows it."""
        return dict(self.cards[self.is_replaced(hour)])


def draw_wallet(
    recipe: Recipe, issuer: Issuer, key: tuple[int | str, ...], start: date, days: int, chance: Random
) -> Wallet:
    """A wallet whose card dies in some month or never; `start` is the world's first day."""
    brand, funding = pick(_BRANDS, chance.random()), pick(_FUNDINGS, chance.random())
    death, dies, replaced = "", None, None
    expires = start + timedelta(days=days + chance.randint(30, 900))
    if chance.random() < recipe.dying_share:
        death, day = pick(_DEATHS, chance.random()), chance.randint(30, days)
        if death == "expired_card":
            expires = (start + timedelta(days=day)).replace(day=1) - timedelta(days=1)
            day = max(0, (expires - start).days + 1)
        dies = day * 24 + (0 if death == "expired_card" else chance.randrange(24))
        if chance.random() < recipe.replaced_share:
            replaced = dies + 1 + int(chance.random() * recipe.replaced_days_max * 24)
    old = _card(issuer, brand, funding, expires, opaque("fp", *key, 1))
    new = _card(issuer, brand, funding, expires + timedelta(days=1095), opaque("fp", *key, 2))
    return Wallet(issuer, funding, brand, (old, new), death, dies, replaced)


def _card(issuer: Issuer, brand: str, funding: str, expires: date, fingerprint: str) -> dict[str, Any]:
    return {
        "brand": brand,
        "funding": funding,
        "country": "US",
        "exp_month": expires.month,
        "exp_year": expires.year,
        "fingerprint": fingerprint,
        "issuer": issuer.id,
    }
