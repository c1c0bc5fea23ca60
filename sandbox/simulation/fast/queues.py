"""SQS in memory: at least once, in any order, invisible for a while, dead after five receptions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from dunwell.ports import Clock
from dunwell.workers import Worker

RECEIVED_MAX: Final = 5
INVISIBLE_FOR: Final = timedelta(minutes=10)

Body = Mapping[str, str]


@dataclass(eq=False, slots=True)
class Message:
    worker: Worker
    body: Body
    visible_at: datetime
    received: int = 0


@dataclass
class MemoryQueues:
    clock: Clock
    messages: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)

    def send(self, worker: Worker, bodies: Iterable[Body]) -> int:
        made = [Message(worker, dict(body), self.clock.now()) for body in bodies]
        self.messages += made
        return len(made)

    def visible(self) -> Iterator[Message]:
        now = self.clock.now()
        return (message for message in self.messages if message.visible_at <= now)

    def next_at(self) -> datetime | None:
        return min((message.visible_at for message in self.messages), default=None)

    def receive(self, message: Message) -> bool:
        """Whether a message is handed out; one that was received too often is dead instead."""
        if message.received >= RECEIVED_MAX:
            self.messages.remove(message)
            self.dead.append(message)
            return False
        message.received += 1
        message.visible_at = self.clock.now() + INVISIBLE_FOR
        return True

    def delete(self, message: Message) -> None:
        if message in self.messages:
            self.messages.remove(message)

    def redrive(self) -> int:
        moved = len(self.dead)
        for message in self.dead:
            self.messages.append(Message(message.worker, message.body, self.clock.now()))
        self.dead.clear()
        return moved
