"""`EventStore` in memory: each event once, with its state and why, deleted when its time is over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dunwell.adapters import event_store
from dunwell.heard_events import EventState, HeardEvent
from dunwell.ports import Clock


class NoSuchEventError(KeyError):
    """A write that needs an event which is not stored."""


@dataclass
class MemoryEvents:
    clock: Clock
    events: dict[str, tuple[HeardEvent, EventState]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    stored_at: dict[str, datetime] = field(default_factory=dict)
    expires_at: dict[str, datetime] = field(default_factory=dict)
    late_by: timedelta = timedelta(0)
    """How long after their time rows are deleted; negative is before."""

    def store(self, event: HeardEvent) -> bool:
        self._expire()
        if event.id not in self.events:
            self.events[event.id] = replace(event, body=None), EventState.STORED
            self.stored_at[event.id] = self.clock.now()
            self.expires_at[event.id] = self.clock.now() + event_store.EVENTS_KEPT
        return self.events[event.id][1] is EventState.STORED

    def load(self, event_id: str) -> tuple[HeardEvent, EventState] | None:
        self._expire()
        return self.events.get(event_id)

    def states(self, event_ids: Sequence[str]) -> Mapping[str, EventState]:
        self._expire()
        return {one: self.events[one][1] for one in event_ids if one in self.events}

    def waiting(self, before: datetime) -> Iterator[list[str]]:
        found = [one for one, at in self.stored_at.items() if at <= before]
        if found:
            yield found

    def ignore(self, event_id: str, reason: str) -> None:
        self._end(event_id, EventState.IGNORED)
        self.reasons[event_id] = reason

    def applied(self, event_id: str) -> None:
        self._end(event_id, EventState.APPLIED)

    def _expire(self) -> None:
        """What TTL does: rows go in the order in which they came."""
        while self.expires_at and next(iter(self.expires_at.values())) + self.late_by <= self.clock.now():
            gone = next(iter(self.expires_at))
            for rows in (self.expires_at, self.stored_at, self.events):
                rows.pop(gone, None)

    def _end(self, event_id: str, state: EventState) -> None:
        if event_id not in self.events:
            raise NoSuchEventError(event_id)
        self.events[event_id] = self.events[event_id][0], state
        self.stored_at.pop(event_id, None)
