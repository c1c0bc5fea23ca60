"""moto's queues, made cheap: for each message that is sent or received it counts those that wait, several
times over, and for each that is deleted it makes the queue anew; here they are counted only for who asks how
many there are, and what is deleted is taken out."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from moto.core.utils import camelcase_to_underscores, unix_time_millis
from moto.sqs.models import Message, Queue

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
    """Within it a queue of thousands of messages takes, gives and deletes another one as fast as an empty
    one, or nearly so."""
    theirs: dict[str, Any] = {
        name: vars(Queue)[name] for name in ("attributes", "messages", "delete_message")
    }

    def delete_message(queue: Queue, receipt_handle: str) -> None:
        if not _delete(queue, receipt_handle):
            theirs["delete_message"](queue, receipt_handle)

    setattr(Queue, "attributes", property(lambda queue: Attributes(queue, theirs["attributes"].fget)))  # noqa: B010 - moto's own
    setattr(Queue, "messages", property(_receivable))  # noqa: B010 - the same
    setattr(Queue, "delete_message", delete_message)  # noqa: B010 - the same
    try:
        yield
    finally:
        for name, original in theirs.items():
            setattr(Queue, name, original)


def _receivable(queue: Queue) -> list[Message]:
    """Those that are neither hidden nor delayed; the clock is read once."""
    now = unix_time_millis()
    return [one for one in messages_of(queue) if now > one.visible_at and now >= one.delayed_until]


def _delete(queue: Queue, receipt_handle: str) -> bool:
    """Deletes the message that has this handle; whether there was one."""
    messages = messages_of(queue)
    for place, message in enumerate(messages):
        if message.had_receipt_handle(receipt_handle):
            queue.pending_messages.discard(message)
            queue.deleted_messages.update(message.all_receipt_handles)
            del messages[place]
            return True
    return False


def messages_of(queue: Queue) -> list[Any]:
    """All messages in moto's queue, hidden and delayed ones too: the list itself."""
    messages: list[Any] = queue._messages  # noqa: SLF001 - moto has no other way to ask
    return messages
