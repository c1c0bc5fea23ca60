"""Handlers as tasks in one thread: each runs until it calls the world outside, where another may go on.

Greenlets switch where they are told to and nowhere else, so that one seed gives one order.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from greenlet import getcurrent, greenlet

from sandbox.simulation.choices import Choices

SWITCHES_PER_MILLE = 250
"""How often a task at a call lets somebody else go first."""


class CrashError(BaseException):
    """The function's process dies here. No `except Exception` of the application may stop it."""


@dataclass(eq=False, slots=True)
class Task:
    """One invocation of a function, or what else runs beside it."""

    name: str
    thread: greenlet
    environment: dict[str, str] | None = None


@dataclass(slots=True)
class Scheduler:
    """`waiting` are the tasks that stand at a call; `current` is the one that runs."""

    choices: Choices
    waiting: list[Task] = field(default_factory=list)
    current: Task | None = None
    meanwhile: Callable[[], None] = lambda: None
    entered: Callable[[Task], None] = lambda _: None
    left: Callable[[Task], None] = lambda _: None
    """Called when a task goes on, and when it stands still: what is a process's own is changed there."""
    _hub: greenlet = field(default_factory=getcurrent)

    def start(self, name: str, work: Callable[[], object]) -> None:
        """Runs a new task until it stands at a call, or ends."""
        self.resume(Task(name, greenlet(work, self._hub)))

    def resume(self, task: Task) -> None:
        """Lets a task go on. What it raises comes through, but for its death."""
        if task in self.waiting:
            self.waiting.remove(task)
        self.current = task
        self.entered(task)
        try:
            task.thread.switch()
        except CrashError:
            pass
        finally:
            self.current = None
        if not task.thread.dead:
            self.waiting.append(task)

    def pause(self, *, urgent: bool = False) -> None:
        """Called by a task at a call: now and then somebody else goes first.

        Before an `urgent` call, which follows at once on a look at the clock, no time passes and no other
        task goes on; only the outside may act.
        """
        if urgent:
            self.meanwhile()
        elif self.current is not None and self.choices.chance(SWITCHES_PER_MILLE):
            task = self.current
            self.left(task)
            self._hub.switch()
