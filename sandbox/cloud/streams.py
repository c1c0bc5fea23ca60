"""A table's stream as Lambda reads it: in order, in batches, a failing batch holding the rest up."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.events.models import EventPattern

from sandbox.cloud.functions import Functions
from sandbox.cloud.translation import REGION
from sandbox.cloud.wiring import StreamMapping

RETRIED_AFTER: Final = timedelta(minutes=1)
"""Virtual time between two invocations with the same failing batch."""


class StreamBatchLostError(Exception):
    """A batch failed as often as the template allows; in AWS its records would be gone."""


@dataclass(slots=True)
class StreamReader:
    """One mapping's place in its stream. What moto keeps of the stream is read, not called."""

    mapping: StreamMapping
    functions: Functions
    failures: list[str]
    _seen: int = 0
    _wanted: list[dict[str, Any]] = field(default_factory=list)
    _retries: int = 0
    _waits_until: datetime | None = None
    _busy: bool = False
    _patterns: list[EventPattern] = field(init=False)

    def __post_init__(self) -> None:
        self._patterns = [EventPattern.load(pattern) for pattern in self.mapping.patterns]

    def next_at(self, now: datetime) -> datetime | None:
        """When there is something to read: at once, or when a failing batch may be tried again. None while a
        batch is worked on: nobody else reads on."""
        self._look()
        return max(now, self._waits_until or now) if self._wanted and not self._busy else None

    def advance(self, now: datetime) -> int:
        """Invokes the function with one batch; returns how many records were read for good.

        Raises `StreamBatchLostError` when a batch failed too often.
        """
        if self.next_at(now) != now:
            return 0
        batch, self._busy = self._wanted[: self.mapping.batch_size], True
        try:
            done = self._invoke(batch)
        finally:
            self._busy = False
        del self._wanted[:done]
        if done == len(batch):
            self._retries, self._waits_until = 0, None
            return done
        self._retries = 1 if done else self._retries + 1
        self._waits_until = now + RETRIED_AFTER
        if 0 <= self.mapping.retries_max < self._retries:
            raise StreamBatchLostError(f"{self.mapping.function} failed {self._retries} times on one batch")
        return done

    def _invoke(self, batch: list[dict[str, Any]]) -> int:
        """How many records from the batch's beginning were dealt with."""
        try:
            answer = self.functions.invoke(self.mapping.function, {"Records": batch})
        except Exception as error:
            self.failures.append(f"{self.mapping.function}: {type(error).__name__}: {error}")
            return 0
        told = {item["itemIdentifier"] for item in (answer or {}).get("batchItemFailures", [])}
        if not (self.mapping.partial and told):
            return len(batch)
        failed = [n for n, record in enumerate(batch) if record["dynamodb"]["SequenceNumber"] in told]
        return min(failed, default=0)

    def _look(self) -> None:
        """Takes what is new in the stream, as far as it is wanted."""
        table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[self.mapping.table]
        items = table.stream_shard.items if table.stream_shard is not None else []
        for item in items[self._seen :]:
            record = _as_lambda_tells(item.to_json())
            if not self._patterns or any(pattern.matches_event(record) for pattern in self._patterns):
                self._wanted.append(record)
        self._seen = len(items)


def _as_lambda_tells(record: dict[str, Any]) -> dict[str, Any]:
    """A record as a function gets it: an instant is seconds since 1970, bytes are told in base64."""
    changed = record["dynamodb"]
    at = changed["ApproximateCreationDateTime"]
    images = {name: _in_base64(changed[name]) for name in ("NewImage", "OldImage") if name in changed}
    return {**record, "dynamodb": {**changed, **images, "ApproximateCreationDateTime": at.timestamp()}}


def _in_base64(image: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {kind: b64encode(told).decode() if isinstance(told, bytes) else told}
        for name, typed in image.items()
        for kind, told in typed.items()
    }
