"""Drives the wiring on a virtual clock: fires schedules, polls queues, answers routes.

The driver jumps to the next instant at which something can happen. A tick of a rate that would find
nothing to do is skipped and counted; `skip_idle=False` plays every single one.
"""

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl

import boto3
import time_machine
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from sandbox.cloud.buses import BusListener, fill_queue
from sandbox.cloud.functions import Functions
from sandbox.cloud.queues import QueuePoller
from sandbox.cloud.schedules import Schedule
from sandbox.cloud.streams import StreamReader
from sandbox.cloud.translation import REGION
from sandbox.cloud.wiring import Wiring

STEPS_MAX: Final = 10_000
"""Messages worked off at one instant; more is a loop between functions."""


class NeverQuietError(Exception):
    """The queues did not come to rest: two functions feed each other."""


class Source(Protocol):
    """Something inside AWS that wakes functions: a queue, a stream, a bus."""

    def next_at(self, now: datetime) -> datetime | None:
        """When it next has something to do, None when it has nothing."""
        ...

    def advance(self, now: datetime) -> int:
        """Invokes its function with what has come; returns how much that was."""
        ...


@dataclass(slots=True)
class Outside:
    """Something outside AWS with a time of its own: the fake Stripe, its webhooks, a world."""

    name: str
    next_at: Callable[[], datetime | None]
    advance: Callable[[], int]


@dataclass(slots=True)
class Driver:
    """One machine's EventBridge, SQS and HTTP API. `clock` is the travelling clock it moves."""

    functions: Functions
    wiring: Wiring
    clock: time_machine.Traveller
    outsides: list[Outside] = field(default_factory=list)
    work_of: dict[str, Callable[[], datetime | None]] = field(default_factory=dict)
    """From when on a function's ticks find work, where that is not the due index (None: never)."""
    ticks_skipped: int = 0
    failures: list[str] = field(default_factory=list)
    queues: list[QueuePoller] = field(init=False)
    streams: list[StreamReader] = field(init=False)
    buses: list[BusListener] = field(init=False)
    _sqs: Any = field(init=False)

    def __post_init__(self) -> None:
        functions, failures = self.functions, self.failures
        self._sqs = boto3.client("sqs", region_name=REGION)
        self.queues = [QueuePoller(m, functions, failures, self._sqs) for m in self.wiring.mappings]
        self.streams = [StreamReader(m, functions, failures) for m in self.wiring.streams]
        self.buses = [BusListener(rule, functions, failures) for rule in self.wiring.rules]
        for rule in self.wiring.queue_rules:
            fill_queue(rule)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def request(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> int:
        """Posts to the HTTP API and returns the status; 404 without a route, 500 when the function fails."""
        return int(self.respond(method, path, body, headers)["statusCode"])

    def respond(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        """The whole answer of the HTTP API to a path with its query, in Lambda's form."""
        path, _, query = target.partition("?")
        matched = ((r, r.parameters(method, path)) for r in self.wiring.routes)
        found = [(route, parameters) for route, parameters in matched if parameters is not None]
        if not found:
            return {"statusCode": 404, "body": '{"message":"Not Found"}'}
        route, parameters = min(found, key=lambda one: len(one[1]))  # the most specific one, as in AWS
        event = _http_event(method, path, body, headers) | {
            "routeKey": f"{route.method} {route.path}",
            "rawQueryString": query,
            "pathParameters": parameters,
            "queryStringParameters": dict(parse_qsl(query)),
        }
        try:
            answer: dict[str, Any] = self.functions.invoke(route.function, event)
        except Exception as error:
            self.failures.append(f"{route.function}: {type(error).__name__}: {error}")
            return {"statusCode": 500, "body": '{"message":"Internal Server Error"}'}
        return answer

    def run_until(
        self, end: datetime, *, skip_idle: bool = True, every: Callable[[], None] | None = None
    ) -> None:
        """Plays until `end`, jumping from one instant with work to the next. `every` is called at each."""
        stood_still = 0
        while (upcoming := self._next(end, skip_idle=skip_idle)) is not None:
            instant, schedules = upcoming
            stood_still = stood_still + 1 if instant <= self.now() else 0
            if stood_still > STEPS_MAX:
                raise NeverQuietError(f"time stands still at {instant}")
            self._skip_to(instant, fired=schedules)
            self._advance_outsides()
            for schedule in schedules:
                self.fire(schedule)
            self.drain()
            if every is not None:
                every()
        self._skip_to(end, fired=[])

    def drain(self) -> int:
        """Works off the queues, and what the outside does meanwhile, until all is quiet."""
        done = 0
        while (worked := self._work()) > 0:
            done += worked
            if done > STEPS_MAX:
                raise NeverQuietError(f"not quiet after {done} steps at {self.now()}")
        return done

    def _work(self) -> int:
        """One round over everything that can have something to do; returns how much was done."""
        sources: list[Source] = [*self.queues, *self.streams, *self.buses]
        return sum(source.advance(self.now()) for source in sources) + self._advance_outsides()

    def dead_letters(self) -> dict[str, int]:
        """How many messages lie in each dead-letter queue, by logical id, where there are any."""
        found = {}
        for name, url in self.wiring.dead_letters.items():
            attributes = self._sqs.get_queue_attributes(
                QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
            )["Attributes"]
            if int(attributes["ApproximateNumberOfMessages"]):
                found[name] = int(attributes["ApproximateNumberOfMessages"])
        return found

    def next_redelivery_at(self) -> datetime | None:
        """When the next message in any queue can be received, None when the queues are empty."""
        return min(_instants((*self.queues, *self.buses), self.now()), default=None)

    # ---------------------------------------------------------------------------- what comes next

    def _next(self, end: datetime, *, skip_idle: bool) -> tuple[datetime, list[Schedule]] | None:
        """The next instant up to `end` at which anything can happen, with the schedules that fire then."""
        now = self.now()
        firings = [(self._next_firing(s, now, end, skip_idle=skip_idle), s) for s in self.wiring.schedules]
        instants = [at for at, _ in firings if at is not None]
        instants += [at for outside in self.outsides if (at := outside.next_at()) is not None]
        instants += _instants((*self.queues, *self.streams, *self.buses), now)
        upcoming = [at for at in instants if at <= end]
        if not upcoming:
            return None
        instant = min(upcoming)
        return instant, [schedule for at, schedule in firings if at == instant]

    def _next_firing(
        self, schedule: Schedule, now: datetime, end: datetime, *, skip_idle: bool
    ) -> datetime | None:
        """A daily schedule's next firing; a rate's next one that finds something due in the index."""
        at = schedule.next_after(now)
        if schedule.every is None or not skip_idle:
            return at
        due_at = self.work_of.get(schedule.function, self.earliest_due)()
        if due_at is None or due_at > end:
            return None
        busy = at if due_at <= at else schedule.next_after(max(due_at, at) - schedule.every)
        if busy < due_at:
            busy = schedule.next_after(busy)
        return busy

    def earliest_due(self, *of_lanes: str) -> datetime | None:
        """The smallest `due_at` in these lanes, those of the minute if none is named; looked up in moto
        itself: a peek, not a call."""
        found: list[str] = []
        for table in dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables.values():
            for item in table.all_items():
                lane = item.attrs.get("due_lane")
                if lane is not None and str(lane.value).startswith(of_lanes or ("work", "webhooks")):
                    found.append(str(item.attrs["due_at"].value))
        return datetime.fromisoformat(min(found)) if found else None

    # ------------------------------------------------------------------------------ what happens

    def _skip_to(self, instant: datetime, *, fired: list[Schedule]) -> None:
        """Moves the clock, and counts the ticks on the way that were not played."""
        now = self.now()
        for schedule in self.wiring.schedules:
            if schedule.every is not None and instant > now:
                passed = int(instant.timestamp() // schedule.every.total_seconds()) - int(
                    now.timestamp() // schedule.every.total_seconds()
                )
                self.ticks_skipped += passed - (schedule in fired)
        self.clock.move_to(max(instant, now), tick=False)

    def _advance_outsides(self) -> int:
        return sum(outside.advance() for outside in self.outsides)

    def fire(self, schedule: Schedule) -> None:
        try:
            self.functions.invoke(schedule.function, json.loads(schedule.event))
        except Exception as error:
            self.failures.append(f"{schedule.function}: {type(error).__name__}: {error}")


def _instants(sources: Iterable[Source], now: datetime) -> list[datetime]:
    """When each source next has something to do, of those that have."""
    return [at for source in sources if (at := source.next_at(now)) is not None]


def _http_event(method: str, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """The HTTP API's payload 2.0; what is no text comes as base64."""
    try:
        text, encoded = body.decode("utf-8"), False
    except UnicodeDecodeError:
        text, encoded = base64.b64encode(body).decode("ascii"), True
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {
            "accountId": DEFAULT_ACCOUNT_ID,
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"},
            "requestId": "sandbox",
            "routeKey": f"{method} {path}",
            "stage": "$default",
        },
        "body": text,
        "isBase64Encoded": encoded,
    }
