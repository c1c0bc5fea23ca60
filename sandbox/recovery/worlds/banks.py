"""Issuers: their outages, and what an hour of the day does to a risk check; nothing of customers.

Hours are whole hours since the world's start, in UTC, but for `hour_factor`, whose hour is local.
"""

from bisect import bisect_right
from dataclasses import dataclass
from math import cos, exp, pi
from typing import Final

from sandbox.recovery.worlds.chance import draw, generator, opaque
from sandbox.recovery.worlds.recipe import Recipe

ISSUERS: Final = 9
"""Enough that one's outage is not everybody's, few enough that each can be learnt."""

_PEAKS: Final = {
    "office": (13, 0.55),
    "evening": (19, 0.55),
    "early": (5, 0.55),
    "afternoon": (15, 0.25),
    "small_hours": (3, 0.25),
}
"""The local hour at which a shape is highest, and by how much."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """One bank. `outages` are pairs of hours, the end excluded; `shapes` is by card funding; `lock_hours` is
    what its rule says of how long a card stays locked."""

    number: int
    id: str
    locks: bool
    lock_hours: float
    outages: tuple[tuple[int, int], ...]
    shapes: dict[str, str]

    def outage_at(self, hour: int) -> tuple[int, int] | None:
        """The outage under way, None when the issuer answers."""
        place = bisect_right(self.outages, (hour, 1 << 60)) - 1
        if place >= 0 and self.outages[place][1] > hour:
            return self.outages[place]
        return None


def draw_issuers(recipe: Recipe, seed: int, hours: int) -> list[Issuer]:
    return [_draw_issuer(recipe, seed, number, hours) for number in range(ISSUERS)]


def hour_factor(shape: str, hour: int) -> float:
    """What a chance to pass is multiplied by at a local hour, by one of several functional forms."""
    if shape == "flat":
        return 1.0
    if shape == "midnight":
        return 0.65 + 1.1 * exp(-hour / 2.5)
    if shape == "day":
        return 1.35 if 8 <= hour < 18 else 0.65
    peak, rise = _PEAKS[shape]
    return 1.0 + rise * cos(2 * pi * (hour - peak) / 24)


def _draw_issuer(recipe: Recipe, seed: int, number: int, hours: int) -> Issuer:
    chance = generator(seed, "issuer", number)
    outages, hour = [], 0.0
    while recipe.outages_a_month:
        hour += chance.expovariate(recipe.outages_a_month / 720)
        long = chance.uniform(*recipe.outage_hours)
        if hour > hours:
            break
        outages.append((int(hour), int(hour + long) + 1))
        hour += long + 12
    shapes = {funding: _shape(recipe, seed, number, funding) for funding in ("credit", "debit", "prepaid")}
    locks = draw(seed, "locks", number) < recipe.lock_share
    low, high = recipe.lock_hours
    lock_hours = low + (high - low) * draw(seed, "lock_hours", number) ** 1.5
    return Issuer(number, opaque("iss", seed, number), locks, lock_hours, tuple(outages), shapes)


def _shape(recipe: Recipe, seed: int, number: int, funding: str) -> str:
    share = draw(seed, "shape", number, funding)
    if recipe.hours is None:
        return "flat"
    if recipe.hours == "reversed":
        return "small_hours" if funding == "credit" else "afternoon"
    usual = ("midnight", "early") if funding == "debit" else ("office", "day")
    others = ("evening", "day", "flat") if funding == "debit" else ("midnight", "evening", "flat")
    return (*usual, *usual, *others)[int(share * 7)]
