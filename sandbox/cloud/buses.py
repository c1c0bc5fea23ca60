"""Event buses: moto matches the patterns; what matches comes to the driver over a queue for each rule."""

import json
from typing import Any

import boto3

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

    def __init__(self, rule: BusRule) -> None:
        self.rule = rule
        self._sqs = boto3.client("sqs", region_name=REGION)
        events = boto3.client("events", region_name=REGION)
        name = f"sandbox-bus-{rule.name}"
        self.queue_url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=["QueueArn"])
        events.put_rule(Name=rule.name, EventPattern=rule.pattern, EventBusName=rule.bus)
        target = {"Id": "driver", "Arn": attributes["Attributes"]["QueueArn"]}
        events.put_targets(Rule=rule.name, EventBusName=rule.bus, Targets=[target])

    def receive(self) -> list[dict[str, Any]]:
        """Up to ten messages, each an event in its body."""
        answer: Any = self._sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        return list(answer.get("Messages", []))

    def done(self, message: dict[str, Any]) -> None:
        self._sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])

    @staticmethod
    def event(message: dict[str, Any]) -> Any:
        """The event as the function sees it."""
        return json.loads(message["Body"])
