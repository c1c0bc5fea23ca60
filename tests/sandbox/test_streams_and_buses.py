"""Streams and buses: driven by what a template says of them, though ours has none yet."""

import copy
import json
from datetime import timedelta

import boto3
import pytest
import time_machine
from moto import mock_aws

from sandbox.cloud.deployment import deploy
from sandbox.cloud.driver import Driver
from sandbox.cloud.functions import CREDENTIALS, environment
from sandbox.cloud.streams import StreamBatchLostError
from sandbox.cloud.translation import REGION, translate
from sandbox.cloud.wiring import WiringError, read_wiring
from tests.build import DAY_0
from tests.template.conftest import PARAMETERS


class Functions:
    """Stands for the deployed functions: keeps what each was invoked with, and answers as told."""

    def __init__(self, *answers):
        self.events, self.answers = [], list(answers)

    def invoke(self, function, event):
        self.events.append((function, event))
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


def with_stream(**fields):
    template = copy.deepcopy(translate(PARAMETERS))
    resources = template["Resources"]
    resources["SettingsTable"]["Properties"]["StreamSpecification"] = {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    resources["Publishing"] = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "EventSourceArn": {"Fn::GetAtt": ["SettingsTable", "StreamArn"]},
            "FunctionName": {"Ref": "PastDueSweep"},
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": 2,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            **fields,
        },
    }
    return template


def with_bus():
    template = copy.deepcopy(translate(PARAMETERS))
    template["Resources"]["Bus"] = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "facts"}}
    template["Resources"]["Feedback"] = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Name": "bounces",
            "EventBusName": {"Ref": "Bus"},
            "EventPattern": {"source": ["aws.ses"], "detail": {"eventType": ["Bounce"]}},
            "Targets": [{"Id": "f", "Arn": {"Fn::GetAtt": ["PastDueSweep", "Arn"]}}],
        },
    }
    return template


@pytest.fixture
def drive():
    """Deploys a template and drives it with functions of the test's own."""
    with environment(dict(CREDENTIALS)), mock_aws(), time_machine.travel(DAY_0, tick=False) as clock:

        def start(template, functions):
            deployed = deploy(PARAMETERS, template)
            return deployed, Driver(functions, read_wiring(deployed), clock)

        yield start


def write(deployed, *versions):
    table = boto3.resource("dynamodb", region_name=REGION).Table(deployed.physical_ids["SettingsTable"])
    for version in versions:
        table.put_item(Item={"name": "settings", "version": version, "body": "{}"})


def versions(functions):
    return [
        [record["dynamodb"]["Keys"]["version"]["N"] for record in event["Records"]]
        for _, event in functions.events
    ]


def test_a_stream_wakes_its_function_in_order_and_in_batches(drive):
    """Two at a time, as the template says."""
    functions = Functions()
    deployed, driver = drive(with_stream(), functions)
    write(deployed, 1, 2, 3)
    driver.drain()
    assert versions(functions) == [["1", "2"], ["3"]]
    assert {function for function, _ in functions.events} == {"PastDueSweep"}


def test_a_failing_batch_holds_its_stream_up_until_it_works(drive):
    """It is tried again a minute later; nothing behind it overtakes."""
    functions = Functions(RuntimeError("not now"))
    deployed, driver = drive(with_stream(), functions)
    write(deployed, 1, 2, 3)
    driver.drain()
    assert versions(functions) == [["1", "2"]]
    driver.run_until(DAY_0 + timedelta(minutes=5))
    records = [
        (event, seen)
        for event, seen in zip(functions.events, versions(functions), strict=True)
        if "Records" in event[1]
    ]
    assert [seen for _, seen in records] == [["1", "2"], ["1", "2"], ["3"]]
    assert driver.failures == ["PastDueSweep: RuntimeError: not now"]


def test_a_part_of_a_batch_that_failed_is_tried_again_alone(drive):
    """From the first failed record on."""
    functions = Functions({"batchItemFailures": [{"itemIdentifier": "1100000000017454423010"}]})
    deployed, driver = drive(with_stream(), functions)
    write(deployed, 1, 2)
    driver.drain()
    driver.clock.shift(timedelta(minutes=2))
    driver.drain()
    assert versions(functions) == [["1", "2"], ["2"]]


def test_a_batch_that_would_be_lost_is_an_error(drive):
    """In AWS its records would be gone in silence."""
    functions = Functions(*[RuntimeError("never")] * 3)
    deployed, driver = drive(with_stream(MaximumRetryAttempts=1), functions)
    write(deployed, 1)
    driver.drain()
    driver.clock.shift(timedelta(minutes=2))
    with pytest.raises(StreamBatchLostError, match="PastDueSweep"):
        driver.drain()


def test_a_stream_read_from_its_end_is_refused(drive):
    """What was written before the function was there would be lost."""
    with pytest.raises(WiringError, match="TRIM_HORIZON"):
        drive(with_stream(StartingPosition="LATEST"), Functions())


def test_a_bus_wakes_the_function_whose_rule_matches(drive):
    """Others stay where they are."""
    functions = Functions()
    _, driver = drive(with_bus(), functions)
    put = boto3.client("events", region_name=REGION).put_events
    for kind in ("Bounce", "Delivery"):
        detail = json.dumps({"eventType": kind})
        put(Entries=[{"Source": "aws.ses", "DetailType": "mail", "Detail": detail, "EventBusName": "facts"}])
    driver.drain()
    ((function, event),) = functions.events
    assert (function, event["detail"], event["source"]) == (
        "PastDueSweep",
        {"eventType": "Bounce"},
        "aws.ses",
    )


def test_an_event_whose_function_fails_comes_again(drive):
    """As EventBridge's asynchronous invocation does."""
    functions = Functions(RuntimeError("not now"))
    _, driver = drive(with_bus(), functions)
    entry = {
        "Source": "aws.ses",
        "DetailType": "mail",
        "Detail": '{"eventType": "Bounce"}',
        "EventBusName": "facts",
    }
    boto3.client("events", region_name=REGION).put_events(Entries=[entry])
    driver.drain()
    driver.clock.shift(timedelta(minutes=2))
    driver.drain()
    assert [event["detail"]["eventType"] for _, event in functions.events] == ["Bounce", "Bounce"]


def test_a_rule_without_a_pattern_is_refused(drive):
    """Schedules are EventBridge Scheduler's here."""
    template = with_bus()
    del template["Resources"]["Feedback"]["Properties"]["EventPattern"]
    with pytest.raises(WiringError, match="bounces"):
        drive(template, Functions())
