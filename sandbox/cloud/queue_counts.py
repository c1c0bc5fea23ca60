"""moto's queues, made cheap: for each message that is sent or received it counts those that wait, several
times over; here they are counted only for who asks how many there are."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from moto.core.utils import camelcase_to_underscores
from moto.sqs.models import Queue

_WRITTEN_OTHERWISE: Final = frozenset({"Policy", "RedrivePolicy", "SqsManagedSseEnabled"})
"""Attributes that moto does not give as it keeps them."""


@dataclass(frozen=True, slots=True)
class Attributes(Mapping[str, Any]):
    """A queue's attributes by SQS's names; `all_of` tells all of them, at moto's cost."""

    queue: Queue
    all_of: Callable[[Queue], dict[str, Any]]

    def __getitem__(self, name: str) -> Any:
        """Raises `KeyError` for what a standard queue does not have."""
        plain = name in Queue.BASE_ATTRIBUTES and name not in _WRITTEN_OTHERWISE
        if plain:
            return getattr(self.queue, camelcase_to_underscores(name))
        if name in Queue.FIFO_ATTRIBUTES and not self.queue.fifo_queue:
            raise KeyError(name)
        return self.all_of(self.queue)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.all_of(self.queue))

    def __len__(self) -> int:
        return len(self.all_of(self.queue))


@contextmanager
def cheap_queues() -> Iterator[None]:
    """Within it a queue of thousands of messages takes another one as fast as an empty one."""
    original: Any = vars(Queue)["attributes"]
    setattr(Queue, "attributes", property(lambda queue: Attributes(queue, original.fget)))  # noqa: B010 - moto's own
    try:
        yield
    finally:
        setattr(Queue, "attributes", original)  # noqa: B010 - as it was
