"""Every minute: what is due now goes to its worker. Final actions wait for the nightly sweep."""

from dataclasses import dataclass

from dunwell.records import Lane
from dunwell.use_cases.dispatching import Dispatching


@dataclass(frozen=True, slots=True)
class DueDispatch:
    dispatching: Dispatching

    def run(self) -> int:
        """Returns how many entries were enqueued."""
        return self.dispatching.run(Lane.WORK) + self.dispatching.run(Lane.WEBHOOKS)
