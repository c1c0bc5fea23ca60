"""A world's customers and their invoices, drawn one customer at a time until enough invoices fail.

Everything here is decided by the recipe and the seed before the first retry; retries change none of it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from sandbox.recovery.worlds.banks import Issuer, draw_issuers
from sandbox.recovery.worlds.cards import Wallet, draw_wallet
from sandbox.recovery.worlds.chance import draw, generator, opaque, pick
from sandbox.recovery.worlds.funds import Funds, Purse, draw_purse, live
from sandbox.recovery.worlds.recipe import Recipe

WARM_UP_DAYS: Final = 210
SCORED_DAYS: Final = 91
TAIL_DAYS: Final = 28
DAYS: Final = WARM_UP_DAYS + SCORED_DAYS + TAIL_DAYS

SPARE_DAYS: Final = 2
"""Days of money before and after the world's, for local days."""

_ZONES: Final = (
    ("America/New_York", 0.4),
    ("America/Chicago", 0.25),
    ("America/Denver", 0.1),
    ("America/Los_Angeles", 0.25),
)
_PRICES: Final = (900, 1200, 1500, 1900, 2900, 3900, 4900, 7900, 9900, 14900)
_EVERY: Final = (("month", 0.88), ("week", 0.05), ("year", 0.07))


@dataclass(frozen=True, slots=True)
class Calendar:
    """The world's first midnight, aware and in UTC, from which hours count."""

    started_at: datetime

    @property
    def first_day(self) -> int:
        """The first day's ordinal."""
        return self.started_at.toordinal()

    @property
    def scored_from(self) -> datetime:
        return self.started_at + timedelta(days=WARM_UP_DAYS)

    def hour(self, at: datetime) -> int:
        """Whole hours since the start, rounded down."""
        return (at - self.started_at) // timedelta(hours=1)

    def local(self, hour: int, zone: ZoneInfo) -> tuple[int, int]:
        """The local day, an ordinal, and the local hour."""
        at = (self.started_at + timedelta(hours=hour)).astimezone(zone)
        return at.toordinal(), at.hour


@dataclass(frozen=True, slots=True)
class Person:
    """One customer. `funds` is None for one who is never short; `price` is in minor units."""

    number: int
    id: str
    payment_method: str
    zone: ZoneInfo
    wallet: Wallet
    funds: Funds | None
    price: int


@dataclass(frozen=True, slots=True)
class Bill:
    """One invoice at its first attempt. `passing`: the probability that a day's risk check lets pass."""

    id: str
    person: Person
    at: datetime
    hour: int
    amount: int
    passing: float


@lru_cache(maxsize=4)
def bank_side(recipe: Recipe, seed: int) -> list[Issuer]:
    """The issuers of a world."""
    return draw_issuers(recipe, seed, DAYS * 24)


def calendar_of(seed: int) -> Calendar:
    """Worlds begin on different days of different years."""
    return Calendar(datetime(2022, 1, 1, tzinfo=UTC) + timedelta(days=int(draw(seed, "start") * 900)))


def draw_person(recipe: Recipe, seed: int, number: int) -> Person:
    chance, calendar = generator(seed, "person", number), calendar_of(seed)
    price, zone = chance.choice(_PRICES), ZoneInfo(pick(_ZONES, chance.random()))
    issuers = bank_side(recipe, seed)
    issuer = issuers[int(chance.random() ** 1.4 * len(issuers))]
    key, start = (seed, number), date.fromordinal(calendar.first_day)
    wallet = draw_wallet(recipe, issuer, key, start, DAYS, chance)
    funds = None
    if chance.random() < recipe.tight_share:
        purses = _purses(recipe, price, calendar.first_day, chance)
        funds = live(purses, calendar.first_day - SPARE_DAYS, DAYS + 2 * SPARE_DAYS, chance)
    ids = opaque("cus", *key), opaque("pm", *key)
    return Person(number, *ids, zone, wallet, funds, price)


def draw_bills(recipe: Recipe, seed: int, person: Person) -> list[Bill]:
    """The customer's invoices in time order; first attempts are made at one time of day."""
    chance, calendar = generator(seed, "bills", person.number), calendar_of(seed)
    every = pick(_EVERY, chance.random())
    new = chance.random() < 0.2
    joined = chance.uniform(WARM_UP_DAYS, DAYS - TAIL_DAYS) if new else chance.uniform(0, 60)
    if every == "year":
        joined = chance.uniform(0, DAYS - TAIL_DAYS)
    seconds = chance.choice((0, 6, 9, 12, 15, 18, 21)) * 3600 + chance.randrange(3 * 3600)
    found = []
    for place, day in enumerate(_days(every, int(joined), calendar)):
        at = calendar.started_at + timedelta(days=day, seconds=seconds)
        share = draw(seed, "trouble", person.number, place)
        passing = 1.0 if share >= recipe.trouble_share else chance.uniform(*recipe.trouble_pass)
        invoice = opaque("in", seed, person.number, place)
        found.append(Bill(invoice, person, at, calendar.hour(at), person.price, passing))
    return found


def _days(every: str, joined: int, calendar: Calendar) -> list[int]:
    last = DAYS - TAIL_DAYS
    if every == "year":
        return [joined]
    if every == "week":
        return list(range(joined, last, 7))
    begin = date.fromordinal(calendar.first_day + joined)
    months = ((begin.month - 1 + n, n) for n in range(12))
    days = (
        date(begin.year + month // 12, month % 12 + 1, min(begin.day, 28)).toordinal() for month, _ in months
    )
    return [day - calendar.first_day for day in days if joined <= day - calendar.first_day < last]


def _purses(recipe: Recipe, price: int, first: int, chance: Random) -> list[tuple[int, Purse]]:
    """One purse, or two for one who moves when the regime changes: in the middle of what is scored."""
    moves = recipe.regime_changes and chance.random() < recipe.moved_share
    changes = (WARM_UP_DAYS + SCORED_DAYS // 2,) if moves else ()
    days = DAYS + 2 * SPARE_DAYS
    found = []
    for begin in (-SPARE_DAYS, *changes):
        kind, form = pick(recipe.kinds, chance.random()), pick(recipe.forms, chance.random())
        found.append((first + begin, draw_purse(kind, form, price, first - SPARE_DAYS, days, chance)))
    return found
