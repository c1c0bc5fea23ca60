"""What wakes what, read from the deployed template: schedules, queue mappings, routes.

Whatever the template wires in a way that the sandbox does not know is an error, never skipped.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from sandbox.cloud.deployment import Deployment
from sandbox.cloud.schedules import Schedule

VISIBILITY_FACTOR: Final = 6
"""AWS's advice: a queue's visibility time-out is at least this many times its function's time-out."""


class WiringError(Exception):
    """The template wires something wrongly, or in a way that the sandbox does not know."""


@dataclass(frozen=True, slots=True)
class QueueMapping:
    """A queue that wakes a function in batches. With `partial` a handler may fail single messages."""

    queue_url: str
    function: str
    batch_size: int
    partial: bool


@dataclass(frozen=True, slots=True)
class StreamMapping:
    """A table's stream that wakes a function in batches. A failing batch holds its shard up, and is
    invoked again at most `retries_max` times (-1: until it works). Of `patterns` one must match a record;
    without any all come."""

    table: str
    function: str
    batch_size: int
    partial: bool
    retries_max: int
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BusRule:
    """A rule of an event bus that invokes a function with each event that its pattern matches."""

    name: str
    bus: str
    pattern: str
    function: str


@dataclass(frozen=True, slots=True)
class QueueRule:
    """A rule of an event bus that puts each event that its pattern matches into a queue."""

    name: str
    bus: str
    pattern: str
    queue_arn: str


@dataclass(frozen=True, slots=True)
class Route:
    """An HTTP route that invokes a function (payload format 2.0); `{name}` stands for any one part."""

    method: str
    path: str
    function: str

    def parameters(self, method: str, path: str) -> dict[str, str] | None:
        """What stands for the names in its path, None where the route is another one."""
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        found = re.fullmatch(pattern, path)
        if found is None or method != self.method:
            return None
        return {name: unquote(value) for name, value in found.groupdict().items()}


@dataclass(frozen=True, slots=True)
class Wiring:
    schedules: tuple[Schedule, ...]
    mappings: tuple[QueueMapping, ...]
    streams: tuple[StreamMapping, ...]
    rules: tuple[BusRule, ...]
    queue_rules: tuple[QueueRule, ...]
    routes: tuple[Route, ...]
    dead_letters: dict[str, str]
    """The dead-letter queues' URLs, by logical id."""


def read_wiring(deployment: Deployment) -> Wiring:
    """Raises `WiringError`."""
    by_arn = _functions_by_arn(deployment)
    sources = deployment.of_type("AWS::Lambda::EventSourceMapping")
    rules = [
        rule
        for name, p in deployment.of_type("AWS::Events::Rule").items()
        for rule in _rules(deployment.physical_ids[name], p, by_arn)
    ]
    return Wiring(
        tuple(
            _schedule(name, p, by_arn) for name, p in deployment.of_type("AWS::Scheduler::Schedule").items()
        ),
        tuple(_mapping(p, deployment, by_arn) for p in sources.values() if ":sqs:" in p["EventSourceArn"]),
        tuple(_stream(name, p, by_arn) for name, p in sources.items() if ":sqs:" not in p["EventSourceArn"]),
        tuple(rule for rule in rules if isinstance(rule, BusRule)),
        tuple(rule for rule in rules if isinstance(rule, QueueRule)),
        tuple(
            route
            for p in deployment.of_type("AWS::ApiGatewayV2::Api").values()
            for route in _routes(p, by_arn)
        ),
        {
            name: deployment.physical_ids[name]
            for name in deployment.of_type("AWS::SQS::Queue")
            if name.endswith("DeadLetters")
        },
    )


def _functions_by_arn(deployment: Deployment) -> dict[str, str]:
    """Logical ids by physical name; an ARN ends in it."""
    return {deployment.physical_ids[name]: name for name in deployment.of_type("AWS::Lambda::Function")}


def _function(arn_or_name: str, by_name: dict[str, str]) -> str:
    name = arn_or_name.removesuffix("/invocations").rsplit(":", 1)[-1]
    if name not in by_name:
        raise WiringError(f"{arn_or_name} is no function of this template")
    return by_name[name]


def _schedule(name: str, properties: dict[str, Any], by_name: dict[str, str]) -> Schedule:
    if properties["FlexibleTimeWindow"]["Mode"] != "OFF":
        raise WiringError(f"{name}: flexible windows are not known here")
    zone = properties.get("ScheduleExpressionTimezone", "UTC")
    function = _function(properties["Target"]["Arn"], by_name)
    event = properties["Target"].get("Input", "{}")
    return Schedule.read(name, function, properties["ScheduleExpression"], zone, event)


def _mapping(properties: dict[str, Any], deployment: Deployment, by_name: dict[str, str]) -> QueueMapping:
    arn = properties["EventSourceArn"]
    queues = {
        url.rsplit("/", 1)[1]: logical for logical, url in deployment.physical_ids.items() if "/" in url
    }
    queue = queues[arn.rsplit(":", 1)[1]]
    function = _function(properties["FunctionName"], by_name)
    time_out = deployment.resources[function]["Properties"]["Timeout"]
    visibility = deployment.resources[queue]["Properties"].get("VisibilityTimeout", 30)
    if int(visibility) < VISIBILITY_FACTOR * time_out:
        raise WiringError(f"{queue}: visible again after {visibility} s, less than 6 x {time_out} s")
    return QueueMapping(
        deployment.physical_ids[queue],
        function,
        properties.get("BatchSize", 10),
        "ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
    )


def _stream(name: str, properties: dict[str, Any], by_name: dict[str, str]) -> StreamMapping:
    arn = properties["EventSourceArn"]
    if ":dynamodb:" not in arn or "/stream/" not in arn:
        raise WiringError(f"{name}: {arn} is neither a queue nor a table's stream")
    if properties.get("StartingPosition") != "TRIM_HORIZON":
        raise WiringError(f"{name}: a stream is read from TRIM_HORIZON, or what came first is lost")
    return StreamMapping(
        arn.split("/")[1],
        _function(properties["FunctionName"], by_name),
        properties.get("BatchSize", 100),
        "ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
        int(properties.get("MaximumRetryAttempts", -1)),
        tuple(one["Pattern"] for one in properties.get("FilterCriteria", {}).get("Filters", [])),
    )


def _rules(name: str, properties: dict[str, Any], by_name: dict[str, str]) -> list[BusRule | QueueRule]:
    if "EventPattern" not in properties:
        raise WiringError(f"{name}: a rule without a pattern; schedules are AWS::Scheduler::Schedule here")
    pattern = json.dumps(properties["EventPattern"])
    bus = properties.get("EventBusName", "default")
    return [
        QueueRule(name, bus, pattern, target["Arn"])
        if ":sqs:" in target["Arn"]
        else BusRule(name, bus, pattern, _function(target["Arn"], by_name))
        for target in properties["Targets"]
    ]


def _routes(properties: dict[str, Any], by_name: dict[str, str]) -> list[Route]:
    found = []
    for path, methods in properties["Body"]["paths"].items():
        for method, operation in methods.items():
            integration = operation["x-amazon-apigateway-integration"]
            if integration["payloadFormatVersion"] != "2.0":
                raise WiringError(f"{method} {path}: payload format 2.0 only")
            found.append(Route(method.upper(), path, _function(integration["uri"], by_name)))
    return found
