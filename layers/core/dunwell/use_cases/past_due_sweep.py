"""Every night: the final actions that are due, one message each, from the same index."""

from dataclasses import dataclass

from dunwell.use_cases.dispatching import Dispatching
from dunwell.workers import Lane


@dataclass(frozen=True, slots=True)
class PastDueSweep:
    dispatching: Dispatching

    def run(self) -> int:
        """Returns how many entries were enqueued."""
        return self.dispatching.run(Lane.FINAL)
