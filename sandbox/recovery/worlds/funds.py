"""A customer's balance: income on pay days, and other spending as a random process; nothing of cards.

A day has two balances, in minor units: one from the hour at which income lands, one from the hour at which
the day's spending is booked, until the next day's income. Both hours are local.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random

from sandbox.recovery.worlds.pay_days import PERIOD_DAYS, pay_days


@dataclass(frozen=True, slots=True)
class Purse:
    """Where money comes from and how it goes. Amounts are in minor units, a day."""

    kind: str
    form: str
    income: float
    pace: float
    rate: float
    cap: float
    pay_days: frozenset[int]
    rent_days: frozenset[int]
    rent: float
    income_hour: int
    spending_hour: int

    def half(self, day: int, hour: int) -> int:
        """The place in a list of balances, two a day, of a local hour."""
        if hour < self.income_hour:
            return 2 * day - 1
        return 2 * day + (hour >= self.spending_hour)


@dataclass(frozen=True, slots=True)
class Funds:
    """A customer's money from the day `first`, an ordinal: two balances and the days since income, daily."""

    first: int
    purses: list[tuple[int, Purse]]
    balances: list[float]
    days_since: list[int]

    def half(self, day: int, hour: int) -> int:
        """The place in `balances` of an hour, local, of a day, an ordinal."""
        return purse_on(self.purses, day).half(day - self.first, hour)


def draw_purse(kind: str, form: str, price: float, first: int, days: int, chance: Random) -> Purse:
    """A purse that is short now and then of `price`, in minor units; `first` is an ordinal."""
    period = PERIOD_DAYS[kind]
    income = price * chance.lognormvariate(1.6, 0.5) * (period / 30) ** 0.4
    days_known = pay_days(kind, first, days, chance)
    rent_day = chance.randint(1, 28)
    rented = frozenset(day for day in range(first, first + days) if date.fromordinal(day).day == rent_day)
    rent = income * chance.uniform(0.2, 0.5) * (chance.random() < 0.4)
    return Purse(
        kind,
        form,
        income,
        pace=income / period * chance.uniform(0.9, 2.2),
        rate=chance.uniform(0.1, 0.35),
        cap=income * chance.uniform(1.05, 1.5) + price,
        pay_days=days_known,
        rent_days=rented,
        rent=rent,
        income_hour=chance.choice((0, 0, 2, 6, 8, 9)),
        spending_hour=chance.choice((14, 17, 19, 21)),
    )


def live_a_day(
    purse: Purse, balance: float, since: int, day: int, chance: Callable[[], float]
) -> tuple[float, float, int]:
    """The day's two balances and the days since income; from the evening before. `day` is an ordinal."""
    if _is_paid(purse, since, day, chance):
        balance = min(balance + purse.income * (0.9 + 0.2 * chance()), purse.cap)
        since = 0
    else:
        since += 1
    return balance, spend(purse, balance, since, day, chance), since


def spend(purse: Purse, balance: float, since: int, day: int, chance: Callable[[], float]) -> float:
    """What is left when the day's spending is booked; never below zero."""
    share = chance()
    if purse.form == "steady":
        spent = purse.pace * (0.4 + 1.2 * share)
    elif purse.form == "bursts":
        spent = purse.pace * (0.05 if share < 0.7 else 3.3 * (share + 0.15))
    elif purse.form == "share":
        spent = balance * purse.rate * 2 * share + purse.pace * 0.1
    elif purse.form == "at_once":
        spent = balance * (0.5 + 0.4 * share) if since < 2 else purse.pace * 0.3 * share
    else:
        spent = balance if share < purse.rate * 0.5 else 0.0
    if day in purse.rent_days:
        spent += purse.rent
    return max(0.0, balance - spent)


def live(purses: list[tuple[int, Purse]], first: int, days: int, chance: Random) -> Funds:
    """What a customer has from the day `first` on; each purse holds from its day until the next one's."""
    purse = purses[0][1]
    balance, since = purse.income * chance.random(), chance.randint(0, 12)
    balances: list[float] = []
    days_since: list[int] = []
    for day in range(first, first + days):
        purse = purse_on(purses, day)
        noon, balance, since = live_a_day(purse, balance, since, day, chance.random)
        balances += (noon, balance)
        days_since.append(since)
    return Funds(first, purses, balances, days_since)


def purse_on(purses: list[tuple[int, Purse]], day: int) -> Purse:
    """The purse that holds on a day, an ordinal."""
    return next(purse for begin, purse in reversed(purses) if begin <= day)


def _is_paid(purse: Purse, since: int, day: int, chance: Callable[[], float]) -> bool:
    if purse.kind == "irregular":
        return since >= 6 and chance() * (25 - min(since, 24)) < 1
    if purse.kind == "memoryless":
        return chance() < 1 / PERIOD_DAYS["memoryless"]
    return day in purse.pay_days
