"""Plays one history: at each step something goes on, something starts, somebody acts, or time passes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sandbox.simulation.histories import LENGTHS, Act, draw_acts
from sandbox.simulation.invariants import check_quiet
from sandbox.simulation.witness import ViolationError
from sandbox.simulation.world import Wake, World

TASKS_MAX: Final = 3
"""Handlers that run at once."""

STEPS_MAX: Final = 2_000
QUIET_STEPS_MAX: Final = 3_000
"""More, and two functions feed each other (O2)."""

QUIET_FOR: Final = timedelta(hours=26)
"""Virtual time after which everything must be right again: a night, and an hour of clock change."""

QUIET_AFTER: Final = timedelta(minutes=35)
"""What happened last is heard of at the next half-hourly catch-up at the latest; then nothing more comes."""
LONGER_AT_MOST: Final = timedelta(hours=1)
"""What goes on for longer without anything new never ends by itself."""

REDRIVEN_FOR: Final = timedelta(hours=3)
"""Virtual time after which what was redriven is done, or dead again."""

EARLY_PER_MILLE: Final = 30
"""How often somebody acts before their time: right now, between two calls of a handler."""

IDLE_PER_MILLE: Final = 60
"""How often time passes though something could go on."""

PAUSES: Final = (timedelta(seconds=1), timedelta(seconds=7), timedelta(minutes=3), timedelta(minutes=16))


@dataclass(slots=True)
class Player:
    world: World
    acts: list[Act]
    end: datetime

    def play(self) -> None:
        """Raises `ViolationError`."""
        self.world.scheduler.meanwhile = self._meanwhile
        for _ in range(STEPS_MAX):
            if self.world.now() >= self.end:
                break
            self.step()
            self._listen()
        self._come_to_rest()

    def _listen(self) -> None:
        """Raises a violation that something on its way swallowed."""
        if self.world.witness.found is not None:
            raise self.world.witness.found

    def let_everybody_end(self) -> None:
        """Whoever stands at a call goes on to the end."""
        while self.world.scheduler.waiting:
            self.world.scheduler.resume(self.world.scheduler.waiting[0])

    def step(self) -> None:
        """Lets one thing happen."""
        world, choices = self.world, self.world.choices
        waiting = world.scheduler.waiting
        if waiting and choices.chance(EARLY_PER_MILLE) and self.acts:
            self._act(self.acts.pop(0))
            return
        if self.acts and self.acts[0].at <= world.now():
            self._act(self.acts.pop(0))
            return
        wakes = world.wakes() if len(waiting) < TASKS_MAX else []
        count = len(waiting) + len(wakes)
        if count and not choices.chance(IDLE_PER_MILLE):
            chosen = choices.below(count)
            if chosen < len(waiting):
                world.scheduler.resume(waiting[chosen])
            else:
                self._start(wakes[chosen - len(waiting)])
        else:
            self._pass_time(busy=count > 0)

    def _meanwhile(self) -> None:
        """Now and then somebody outside is faster by a hair."""
        if self.acts and self.world.choices.chance(EARLY_PER_MILLE):
            self._act(self.acts.pop(0))

    def _start(self, wake: Wake) -> None:
        self.world.trace.add(wake.name)
        self.world.scheduler.start(wake.name, wake.work)

    def _act(self, act: Act) -> None:
        self.world.trace.add(act.name)
        act.do()

    def _pass_time(self, *, busy: bool) -> None:
        """A moment while somebody waits; else until the next thing can happen."""
        world = self.world
        if busy:
            world.move_to(world.now() + world.choices.one_of(PAUSES))
            return
        upcoming = [act.at for act in self.acts[:1]] + [self.end]
        next_at = world.next_at()
        if next_at is not None:
            upcoming.append(next_at)
        world.move_to(max(min(upcoming), world.now() + timedelta(seconds=1)))

    def _come_to_rest(self) -> None:
        """No more faults: everything is worked off, a night passes, and all must be right. It must be so
        again when whatever became a dead letter was sent back (O3)."""
        world = self.world
        world.faults.stop()
        world.rest()
        world.apply(world.witness.settings_at_rest())
        world.trace.add("faults stop")
        self._work_off(QUIET_FOR)
        if world.redrive():
            world.trace.add("dead letters are redriven")
            self._work_off(REDRIVEN_FOR)

    def _work_off(self, time: timedelta) -> None:
        """Plays for so long, and until nothing happens for a while; then all must be right."""
        world = self.world
        end, steps = world.now() + time, 0
        while True:
            steps += 1
            if steps > QUIET_STEPS_MAX:
                raise ViolationError("O2", f"not quiet after {steps} steps")
            self._listen()
            if world.scheduler.waiting:
                world.scheduler.resume(world.scheduler.waiting[0])
            elif wakes := world.wakes():
                self._start(wakes[0])
            elif (until := self._next_moment(end)) is not None:
                world.move_to(until)
            else:
                break
        for invariant, seen in world.doors():
            raise ViolationError(invariant, seen)
        check_quiet(world.witness, world.snapshot())

    def _next_moment(self, end: datetime) -> datetime | None:
        """When something happens next, or the end; None when the end is past and it is quiet, or has gone on
        for long enough."""
        now, next_at = self.world.now(), self.world.next_at()
        if next_at is None or next_at <= now:
            return end if now < end else None
        if now < end:
            return min(end, next_at)
        last = max(end, self._stirred_at()) + LONGER_AT_MOST
        return next_at if next_at - now <= QUIET_AFTER and next_at <= last else None

    def _stirred_at(self) -> datetime:
        """When the processor last told of something new: that takes a moment to be heard of."""
        told = next(reversed(self.world.account.objects["event"].values()), {"created": 0})
        return datetime.fromtimestamp(told["created"], UTC)


def play(world: World, lengths: Sequence[int] = LENGTHS) -> None:
    """Draws a history from the world's choices and plays it, for one of so many days. Raises
    `ViolationError`."""
    begin(world, lengths).play()


def begin(world: World, lengths: Sequence[int] = LENGTHS) -> Player:
    """Draws a history, and stands before its first step."""
    days = world.choices.one_of(lengths)
    acts = draw_acts(world, world.witness.settings, days)
    return Player(world, acts, world.now() + timedelta(days=days))
