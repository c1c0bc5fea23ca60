"""`SmartRetries`: chooses the next retry from what was learnt, draws a little by chance to go on learning,
and says why."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from dunwell.domain.smart_retries.lessons import HOURS_BUCKET, Lessons
from dunwell.domain.smart_retries.planner import Slots, best_plan
from dunwell.domain.smart_retries.posterior import Belief, Case, belief_in, local_days

EARLY_HOURS: Final = (1.0, 3.0, 6.0, 12.0)
"""Besides the slots of each day: for what passes within hours."""

BETTER_HOUR: Final = 1.03
"""How much better than the usual hour another one must be to be considered."""

OPTIONS: Final = 4
"""As many times are weighed against each other by chance."""

SPREAD: Final = 0.03
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


@dataclass(frozen=True, slots=True)
class Chosen:
    """The option that was drawn, all that were considered, and what was believed."""

    option: Option
    considered: tuple[Option, ...]
    belief: Belief


@dataclass(frozen=True, slots=True)
class Room:
    """Within which a retry may be placed: from `opens` to `closes` (UTC), `retries` of them at most."""

    opens: datetime
    closes: datetime
    retries: int


@dataclass(frozen=True, slots=True)
class SmartRetries:
    """Plans retries with these lessons. `exploring` False always takes the best."""

    lessons: Lessons = field(default_factory=Lessons)
    exploring: bool = True

    def choose(self, case: Case, room: Room, seed: str) -> Chosen | None:
        """The next retry of a case, None where none is worth its cost or the room is used up.

        Draws of chance come from `seed` alone, so that the same question has the same answer.
        """
        if room.retries <= 0 or room.opens > room.closes:
            return None
        belief = belief_in(case, self.lessons)
        times = self._times(case, room)
        slots = self._slots(case, belief, times)
        best = best_plan(slots, room.retries)
        if not best.chosen:
            return None
        firsts = [best.chosen[0]]
        if self.exploring:
            firsts += _rivals(slots, best.chosen[0])
        options = []
        for first in firsts:
            plan = best if first == firsts[0] else best_plan(slots, room.retries, first)
            retries, together = len(plan.chosen), plan.chance(slots)
            options.append(Option(times[first], slots.chance(first), plan.worth, retries, together))
        drawn, options = _drawn(options, seed)
        return Chosen(options[drawn], tuple(options), belief)

    def predicted(self, case: Case, at: datetime) -> float:
        """How likely a retry at `at` succeeds, calibrated by what became of earlier predictions."""
        return self.lessons.calibrated(self.raw_chance(case, at)[0])

    def raw_chance(self, case: Case, at: datetime) -> tuple[float, float]:
        """The same as the posterior has it, and the effect of the hour that is in it."""
        slots = self._slots(case, belief_in(case, self.lessons), [case.declines[-1].at, at])
        return slots.chance(1), slots.effects[1]

    def _slots(self, case: Case, belief: Belief, times: Sequence[datetime]) -> Slots:
        zone = ZoneInfo(case.zone)
        effects = self.lessons.hour_effects(case.group)
        instants = [local_days(at, zone) for at in times]
        of_slot = [effects[int((at % 1) * 24) // HOURS_BUCKET] for at in instants]
        return Slots.over(belief, instants, of_slot, len(case.declines))

    def _times(self, case: Case, room: Room) -> list[datetime]:
        """The last decline, and the times that may be chosen: a few early ones, then on each day the hour at
        which the first attempt was made, and the best hour that is known."""
        zone, last = ZoneInfo(case.zone), case.declines[-1].at
        early = [last + timedelta(hours=hours) for hours in EARLY_HOURS]
        found = {at for at in early if room.opens <= at <= room.closes}
        day, end = room.opens.astimezone(zone).date(), room.closes.astimezone(zone).date()
        first = case.declines[0].at.astimezone(zone)
        hours = {first.hour, self._best_hour(case, first.hour)}
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


def _rivals(slots: Slots, best: int) -> list[int]:
    """Other slots for the next retry, a day and more from each other and from the best: the nearest ones,
    and the likeliest."""
    every = range(1, len(slots.instants))
    near = sorted(every, key=lambda slot: abs(slots.instants[slot] - slots.instants[best]))
    likely = sorted(every, key=lambda slot: -slots.chance(slot))
    taken = [best]
    for order, most in ((near, OPTIONS - 1), (likely, OPTIONS)):
        for slot in order:
            apart = all(abs(slots.instants[slot] - slots.instants[one]) >= 1.0 for one in taken)
            if apart and len(taken) < most:
                taken.append(slot)
    return taken[1:]


def _drawn(options: Sequence[Option], seed: str) -> tuple[int, list[Option]]:
    """Which option is taken, by Thompson sampling, and how likely each was.

    Each one's worth is drawn from a Gumbel distribution about its estimate and the largest is taken: the
    chance of that is known exactly, and one draw between 0 and 1 decides (Gumbel's trick; Maddison, Tarlow
    and Minka, 2014).
    """
    best = max(options, key=lambda option: option.worth)
    scale = SPREAD * math.sqrt(0.02 + best.chance * (1.0 - best.chance))
    weights = [math.exp((option.worth - best.worth) / scale) for option in options]
    total = sum(weights)
    told = [
        replace(option, propensity=weight / total) for option, weight in zip(options, weights, strict=True)
    ]
    drawn = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) / 2**64
    reached = list(accumulate(option.propensity for option in told))
    return next(n for n, upper in enumerate([*reached[:-1], 1.0]) if drawn < upper), told
