"""Event buses: moto matches the patterns; what matches comes over a queue for each rule."""

import json
from datetime import datetime
from typing import Any

import boto3

from sandbox.cloud.functions import Functions
from sandbox.cloud.queues import next_visible_at
from sandbox.cloud.translation import REGION
from sandbox.cloud.wiring import BusRule, QueueRule


def fill_queue(rule: QueueRule) -> None:
    """Has moto put what a rule matches into its queue; nothing stands in between, as in AWS."""
    events = boto3.client("events", region_name=REGION)
    events.put_rule(Name=rule.name, EventPattern=rule.pattern, EventBusName=rule.bus)
    target = {"Id": "queue", "Arn": rule.queue_arn}
    events.put_targets(Rule=rule.name, EventBusName=rule.bus, Targets=[target])


class BusListener:
    """One rule's events on their way to its function. A rule's own queue stands for the asynchronous
    invocation that EventBridge makes: tried again after its visibility time-out."""

    def __init__(self, rule: BusRule, functions: Functions, failures: list[str]) -> None:
        self.rule = rule
        self._functions = functions
        self._failures = failures
        self._sqs = boto3.client("sqs", region_name=REGION)
        events = boto3.client("events", region_name=REGION)
        name = f"sandbox-bus-{rule.name}"
        self.queue_url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=["QueueArn"])
        events.put_rule(Name=rule.name, EventPattern=rule.pattern, EventBusName=rule.bus)
        target = {"Id": "driver", "Arn": attributes["Attributes"]["QueueArn"]}
        events.put_targets(Rule=rule.name, EventBusName=rule.bus, Targets=[target])

    def next_at(self, now: datetime) -> datetime | None:
        """When an event can be received, None when there is none."""
        return next_visible_at(self.queue_url, now)

    def advance(self, now: datetime) -> int:
        """Invokes the function with each event that came, up to ten; returns how many were received."""
        if self.next_at(now) != now:
            return 0
        answer: Any = self._sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        received = answer.get("Messages", [])
        for message in received:
            self._invoke(message)
        return len(received)

    def _invoke(self, message: dict[str, Any]) -> None:
        """An event whose function failed stays in the queue."""
        try:
            self._functions.invoke(self.rule.function, json.loads(message["Body"]))
        except Exception as error:
            self._failures.append(f"{self.rule.function}: {type(error).__name__}: {error}")
        else:
            self._sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
