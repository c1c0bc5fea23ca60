"""In which possible futures a retry passes, as one sees it who knows all hidden parameters; plans nothing.

Futures begin with the hidden state at the first failure. Hours are whole hours since the world began, in UTC.
"""

from math import inf
from random import Random
from typing import Final

from sandbox.recovery.worlds.chance import generator
from sandbox.recovery.worlds.funds import Funds, live_a_day, purse_on, spend
from sandbox.recovery.worlds.pools import ALL, FUTURES, Column, column, shares
from sandbox.recovery.worlds.stream import Opened
from sandbox.recovery.worlds.truth import RISK_BLOCK_HOURS, Truth

_DAYS: Final = 16


class Odds:
    """One invoice's futures. `passes` leaves locks out: those depend on what is tried before."""

    def __init__(self, truth: Truth, opened: Opened) -> None:
        self._truth, self._opened, self._bill = truth, opened, opened.bill
        chance = generator(truth.seed, "futures", opened.bill.id)
        self._rich = self._rich_futures(chance)
        self._answers = self._outage_ends(chance)
        self._replaced = self._replacements(chance)

    def passes(self, hour: int, replaced_at: int | None) -> int:
        """The futures in which a retry passes. `replaced_at`: the hour of a replacement already heard of."""
        futures = self.risk(hour)
        if self._rich:
            futures &= self._rich[max(0, self.half(hour) - self.half(self._bill.hour))]
        if self._answers:
            futures &= self._answers.below(hour + 1)
        if self._replaced and (replaced_at is None or hour < replaced_at):
            futures &= self._replaced.below(hour + 1)
        return futures

    def half(self, hour: int) -> int:
        """Which of the customer's balances an hour meets; one who is never short has one for each day."""
        funds, zone = self._bill.person.funds, self._bill.person.zone
        return funds.half(*self._truth.calendar.local(hour, zone)) if funds else hour // 24

    def risk(self, hour: int) -> int:
        """The futures in which the risk check lets pass; a refusal holds for the rest of its day."""
        bill, passing = self._bill, self._truth.passing(self._bill, hour)
        if passing == 1.0:
            return ALL
        day, first_day = hour // RISK_BLOCK_HOURS, bill.hour // RISK_BLOCK_HOURS
        if self._opened.cause == "risk" and day == first_day:
            refused = self._truth.passing(bill, bill.hour)
            passing = max(0.0, (passing - refused) / (1 - refused))
        return shares("risk", day - first_day).below(passing)

    def _rich_futures(self, chance: Random) -> list[int]:
        bill = self._bill
        if bill.person.funds is None:
            return []
        return rich_futures(bill.person.funds, self.half(bill.hour), bill.amount, chance)

    def _outage_ends(self, chance: Random) -> Column | None:
        """Hours at which the outage that was met is over; None where none was met."""
        outage = self._bill.person.wallet.issuer.outage_at(self._bill.hour)
        if outage is None:
            return None
        low, high = self._truth.recipe.outage_hours
        lasted = self._bill.hour - outage[0]
        return column(chance, outage[0] + max(low, min(lasted, high)) + 1, outage[0] + high + 1)

    def _replacements(self, chance: Random) -> Column | None:
        """Hours at which the dead card is replaced, endless where it never is; None where it lives."""
        wallet, recipe = self._bill.person.wallet, self._truth.recipe
        if wallet.dies_at_hour is None or not wallet.is_dead(self._bill.hour):
            return None
        begin, last = self._bill.hour, wallet.dies_at_hour + 1 + recipe.replaced_days_max * 24
        left = max(0.0, (last - begin) / (last - wallet.dies_at_hour))
        likely = recipe.replaced_share * left / (1 - recipe.replaced_share * (1 - left))
        return Column(
            begin + (last - begin) * chance.random() if chance.random() < likely else inf
            for _ in range(FUTURES)
        )


def rich_futures(funds: Funds, half: int, amount: int, chance: Random) -> list[int]:
    """The futures with enough money for `amount`, minor units, by half days from the place `half` on."""
    now, draw = funds.balances[half], chance.random
    place, is_evening = divmod(half, 2)
    rich = [0] * (2 * _DAYS)
    rich[0] = ALL if now >= amount else 0
    days = [
        (day, purse_on(funds.purses, day)) for day in range(funds.first + place, funds.first + place + _DAYS)
    ]
    for future in range(FUTURES):
        bit, balance, since, step = 1 << future, now, funds.days_since[place], 1
        if not is_evening:
            balance = spend(days[0][1], balance, since, days[0][0], draw)
            rich[step] |= bit if balance >= amount else 0
            step += 1
        for day, purse in days[1:]:
            noon, balance, since = live_a_day(purse, balance, since, day, draw)
            if noon >= amount:
                rich[step] |= bit
            if balance >= amount:
                rich[step + 1] |= bit
            step += 2
    return rich


def candidates(odds: Odds, truth: Truth, opened: Opened, last: int, even: list[int]) -> list[int]:
    """The hours worth a thought: of each half day and risk day the best, an outage's next, a lock's end."""
    best: dict[tuple[int, int], tuple[float, int]] = {}
    bill = opened.bill
    for hour in range(bill.hour + 1, last + 1):
        place = odds.half(hour), hour // RISK_BLOCK_HOURS
        best[place] = max(best.get(place, (-1.0, 0)), (truth.passing(bill, hour), -hour))
    hours = {-hour for _, hour in best.values()} | set(even)
    if opened.cause == "outage":
        hours.update(range(bill.hour + 1, bill.hour + 41, 2))
    if bill.hour < opened.locked_until <= last:
        hours.add(opened.locked_until)
    return sorted(hours)


def even_hours(opened: Opened, days: int, count: int) -> list[int]:
    """Whole days spread over the window, at the hour of the failure."""
    return [opened.bill.hour + 24 * int(days * n / count + 0.5) for n in range(1, count + 1)]
