"""`SmartRetries`: chooses the next retry from what was learnt, draws a little by chance to go on learning,
and says why."""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from dunwell.domain.history import Group
from dunwell.domain.smart_retries.futures import Futures
from dunwell.domain.smart_retries.hours import HOURS_BUCKET
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.pay_cycles import local_days
from dunwell.domain.smart_retries.planner import Plan, best_plan, planned
from dunwell.domain.smart_retries.posterior import Belief, Case, belief_in

EARLY_HOURS: Final = (1.0, 3.0, 6.0, 12.0)
"""Besides the slots of each day: for what passes within hours."""

USUAL_HOURS: Final = (7, 12)
"""Local hours at which incomes have mostly been booked."""

BETTER_HOUR: Final = 1.03
"""How much better than the usual hour another one must be to be considered."""

OPTIONS: Final = 4
"""As many times are weighed against each other by chance."""

CLOSE: Final = 0.05
"""An option that would be drawn less often than so many times for each draw of the best is none: it costs
more than it teaches, and what it comes to could not be estimated."""

SPREAD: Final = 0.01
"""How far the worth of an option is from certain: the scale of its draw, as a part of a chance's own
spread."""


@dataclass(frozen=True, slots=True)
class Option:
    """A time that was considered for the next retry (UTC): how likely it succeeds then (`chance`), what
    the best plan that begins with it is worth, how many retries that has and how likely one of them
    succeeds (`together`), and how likely it is drawn (`propensity`)."""

    at: datetime
    chance: float
    worth: float = 0.0
    retries: int = 1
    together: float = 0.0
    propensity: float = 1.0


class Outlook(NamedTuple):
    """Times, and what may pass at each."""

    times: Sequence[datetime]
    futures: Futures


class Chance(NamedTuple):
    """How likely a retry succeeds: `unlocked` if no lock stops it, `any_hour` without what its hour does."""

    chance: float
    unlocked: float
    any_hour: float


@dataclass(frozen=True, slots=True)
class Chosen:
    """The option that was drawn, all that it was drawn from (`considered`), what was believed, and `others`
    that were weighed and found worse."""

    option: Option
    considered: tuple[Option, ...]
    belief: Belief
    others: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """Within which a retry may be placed: from `opens` to `closes` (UTC), `retries` of them at most."""

    opens: datetime
    closes: datetime
    retries: int


@dataclass(frozen=True, slots=True)
class SmartRetries:
    """Plans retries with these lessons. The first one is explored, for it is what the lessons are judged by
    (`contest`); `exploring` False always takes the best."""

    lessons: Lessons = field(default_factory=Lessons)
    exploring: bool = True

    def choose(self, case: Case, room: Room, seed: str) -> Chosen | None:
        """The next retry of a case, None where none is worth its cost or the room is used up.

        Draws of chance come from `seed` alone, so that the same question has the same answer.
        """
        if room.retries <= 0 or room.opens > room.closes:
            return None
        outlook = self._outlook(case, self._times(case, room))
        best = best_plan(outlook.futures, room.retries)
        if not best.chosen:
            return None
        first = best.chosen[0]
        weighed = _options(outlook, best, (first, *_rivals(outlook.futures, first)), room.retries)
        explored = self.exploring and len(case.declines) == 1
        drawn, options = _drawn(_close(weighed) if explored else weighed[:1], seed)
        drawn_from = {option.at for option in options}
        others = tuple(replace(one, propensity=0.0) for one in weighed if one.at not in drawn_from)
        return Chosen(options[drawn], tuple(options), outlook.futures.belief, others)

    def weighed(self, case: Case, room: Room, times: Sequence[datetime]) -> list[Option]:
        """What is thought of some times (UTC) for the next retry, with the propensities of a draw among
        them, 0 for those that would not be explored."""
        among = self._times(case, room)
        outlook = self._outlook(case, [among[0], *sorted({*among[1:], *times})])
        best = best_plan(outlook.futures, room.retries)
        options = _options(outlook, best, map(outlook.times.index, times), room.retries)
        close = _drawn(_close(options), "")[1]
        drawn = {option.at: option for option in close}
        return [drawn.get(option.at, replace(option, propensity=0.0)) for option in options]

    def together(self, case: Case, times: Sequence[datetime]) -> float:
        """How likely one of the retries at some times (UTC, in order) succeeds; each is made only where those
        before it failed."""
        outlook = self._outlook(case, [case.declines[-1].at, *times])
        return planned(outlook.futures, range(1, len(times) + 1)).chance

    def _outlook(self, case: Case, times: Sequence[datetime]) -> Outlook:
        zone = ZoneInfo(case.zone)
        instants = [local_days(at, zone) for at in times]
        belief = belief_in(case, self.lessons)
        return Outlook(times, Futures(belief, instants, self._effects(case.group, instants)))

    def predicted(self, case: Case, at: datetime) -> float:
        """How likely a retry at `at` succeeds, calibrated by what became of earlier predictions."""
        return self.lessons.calibrated(self.raw_chance(case, at).chance)

    def raw_chance(self, case: Case, at: datetime) -> Chance:
        """The same as the posterior has it, and what is in it."""
        then = local_days(at, ZoneInfo(case.zone))
        effect = self._effects(case.group, [then])[0]
        belief = belief_in(case, self.lessons)
        unlocked, open_ = belief.unlocked_chance(then, effect), 1.0 - belief.stopped(then)
        return Chance(unlocked * open_, unlocked, belief.unlocked_chance(then, 1.0) * open_)

    def _effects(self, group: Group, instants: Sequence[float]) -> list[float]:
        effects = self.lessons.hour_effects(group)
        return [effects[int((at % 1) * 24) // HOURS_BUCKET] for at in instants]

    def _times(self, case: Case, room: Room) -> list[datetime]:
        """The last decline, and the times that may be chosen: a few early ones, then on each day the hour at
        which the first attempt was made, the best hour that is known, and `USUAL_HOURS` apart from both."""
        zone, last = ZoneInfo(case.zone), case.declines[-1].at
        early = [last + timedelta(hours=hours) for hours in EARLY_HOURS]
        found = {at for at in early if room.opens <= at <= room.closes}
        day, end = room.opens.astimezone(zone).date(), room.closes.astimezone(zone).date()
        first = case.declines[0].at.astimezone(zone)
        hours = {first.hour, self._best_hour(case, first.hour)}
        hours |= {hour for hour in USUAL_HOURS if all(abs(hour - one) >= 3 for one in hours)}
        while day <= end:
            at_hours = (_instant(day, hour, first.minute, zone) for hour in hours)
            found |= {at for at in at_hours if room.opens <= at <= room.closes}
            day += timedelta(days=1)
        return [last, *sorted(found | {room.closes})]

    def _best_hour(self, case: Case, usual: int) -> int:
        """The local hour in the middle of the best bucket, where it is better than the usual one's."""
        effects = self.lessons.hour_effects(case.group)
        best = max(range(len(effects)), key=lambda bucket: (effects[bucket], -bucket))
        if effects[best] < BETTER_HOUR * effects[usual // HOURS_BUCKET]:
            return usual
        return best * HOURS_BUCKET + HOURS_BUCKET // 2


def _instant(day: date, hour: int, minute: int, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)


def _options(outlook: Outlook, best: Plan, slots: Iterable[int], retries: int) -> list[Option]:
    """Each slot as the first one of a plan: before what is left of the best one behind it, or in place of
    that one's first."""
    options = []
    for slot in slots:
        plan = best
        if slot not in best.chosen[:1]:
            behind = [later for later in best.chosen if later > slot]
            plans = [[slot, *behind[: retries - 1]], [slot, *behind[max(0, len(behind) - retries + 1) :]]]
            plan = max((planned(outlook.futures, one) for one in plans), key=lambda one: one.worth)
        chance = outlook.futures.chance(slot)
        options.append(Option(outlook.times[slot], chance, plan.worth, len(plan.chosen), plan.chance))
    return options


def _rivals(futures: Futures, best: int) -> list[int]:
    """Other slots for the next retry, a day and more from each other and from the best: the nearest ones,
    and the likeliest."""
    instants = futures.instants
    every = range(1, len(instants))
    near = sorted(every, key=lambda slot: abs(instants[slot] - instants[best]))
    likely = sorted(every, key=lambda slot: -futures.chance(slot))
    taken = [best]
    for order, most in ((near, OPTIONS - 1), (likely, OPTIONS)):
        for slot in order:
            apart = all(abs(instants[slot] - instants[one]) >= 1.0 for one in taken)
            if apart and len(taken) < most:
                taken.append(slot)
    return taken[1:]


def _close(options: Sequence[Option]) -> list[Option]:
    """Those that are worth exploring."""
    return [option for option, weight in zip(options, _weights(options), strict=True) if weight >= CLOSE]


def _drawn(options: Sequence[Option], seed: str) -> tuple[int, list[Option]]:
    """Which option is taken, by Thompson sampling, and how likely each was.

    Each one's worth is drawn from a Gumbel distribution about its estimate and the largest is taken: the
    chance of that is known exactly, and one draw between 0 and 1 decides (Gumbel's trick; Maddison, Tarlow
    and Minka, 2014).
    """
    weights = _weights(options)
    total = sum(weights)
    told = [
        replace(option, propensity=weight / total) for option, weight in zip(options, weights, strict=True)
    ]
    drawn = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) / 2**64
    reached = list(accumulate(option.propensity for option in told))
    return next(n for n, upper in enumerate([*reached[:-1], 1.0]) if drawn < upper), told


def _weights(options: Sequence[Option]) -> list[float]:
    """How often each is drawn for each draw of the best."""
    best = max(options, key=lambda option: option.worth)
    scale = SPREAD * math.sqrt(0.02 + best.chance * (1.0 - best.chance))
    return [math.exp((option.worth - best.worth) / scale) for option in options]
