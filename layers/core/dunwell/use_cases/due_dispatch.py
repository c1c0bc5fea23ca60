"""Every minute: what is due now goes to its worker. Final actions wait for the nightly sweep."""

from dataclasses import dataclass
from typing import Final

from dunwell.use_cases.dispatching import Dispatching
from dunwell.workers import Lane

WEBHOOKS_MAX: Final = 500
"""Webhooks enqueued by one run, ahead of the work, which they hardly delay so."""


@dataclass(frozen=True, slots=True)
class DueDispatch:
    dispatching: Dispatching

    def run(self) -> int:
        """Returns how many entries were enqueued."""
        return self.dispatching.run(Lane.WEBHOOKS, WEBHOOKS_MAX) + self.dispatching.run(Lane.WORK)
