"""The sandbox fails where AWS would: a wrong template does not get past it."""

import copy
from datetime import datetime

import pytest
from moto import mock_aws

from sandbox.cloud.deployment import DeploymentError, deploy
from sandbox.cloud.functions import CREDENTIALS, environment
from sandbox.cloud.schedules import Schedule, UnknownScheduleError
from sandbox.cloud.translation import translate
from sandbox.cloud.wiring import WiringError, read_wiring
from tests.template.conftest import PARAMETERS


@pytest.fixture
def template():
    return copy.deepcopy(translate(PARAMETERS))


def deployed(template):
    with environment(dict(CREDENTIALS)), mock_aws():
        return deploy(PARAMETERS, template)


def test_the_wiring_is_what_the_template_says(template):
    """Four schedules, seven queues, six routes; each names its function."""
    wiring = read_wiring(deployed(template))
    assert {s.function for s in wiring.schedules} == {
        "DueDispatch",
        "PastDueSweep",
        "ReconciliationSweep",
        "RetryLearning",
    }
    assert len(wiring.mappings) == 8
    assert all(mapping.partial for mapping in wiring.mappings)
    assert {m.function: m.batch_size for m in wiring.mappings}["RetryExecution"] == 1
    assert sorted((r.method, r.path, r.function) for r in wiring.routes) == [
        ("GET", "/i/{token}", "HostedInvoice"),
        ("GET", "/i/{token}/unsubscribe", "HostedInvoice"),
        ("GET", "/i/{token}/{choice}", "HostedInvoice"),
        ("POST", "/i/{token}/unsubscribe", "HostedInvoice"),
        ("POST", "/i/{token}/{choice}", "HostedInvoice"),
        ("POST", "/webhooks/stripe", "WebhookIntake"),
    ]
    assert len(wiring.dead_letters) == 9


def test_a_type_that_is_not_known_is_refused(template):
    """moto would skip it and say that all is well."""
    template["Resources"]["Odd"] = {"Type": "AWS::Kinesis::Unheard", "Properties": {}}
    with pytest.raises(DeploymentError, match=r"AWS::Kinesis::Unheard"):
        deployed(template)


def test_a_reference_that_does_not_resolve_is_refused(template):
    """moto would put the word None in its place."""
    variables = template["Resources"]["DueDispatch"]["Properties"]["Environment"]["Variables"]
    variables["INVOICES_TABLE"] = {"Ref": "NoSuchTable"}
    with pytest.raises(Exception, match=r"NoSuchTable|does not resolve"):
        deployed(template)


def test_a_queue_visible_too_early_is_refused(template):
    """Six times the function's time-out."""
    template["Resources"]["FinalActionQueue"]["Properties"]["VisibilityTimeout"] = 60
    stack = deployed(template)
    with pytest.raises(WiringError, match="FinalActionQueue"):
        read_wiring(stack)


def test_a_schedule_that_cannot_be_read_is_refused(template):
    """Better than one that never fires."""
    template["Resources"]["PastDueSweepEveryNight"]["Properties"]["ScheduleExpression"] = "cron(0 25 * * ? *)"
    stack = deployed(template)
    with pytest.raises(UnknownScheduleError, match="PastDueSweepEveryNight"):
        read_wiring(stack)


def test_an_event_source_that_is_neither_queue_nor_stream_is_refused(template):
    """Until the sandbox knows how to drive it."""
    mapping = template["Resources"]["FinalActionMessages"]["Properties"]
    mapping["EventSourceArn"] = "arn:aws:dynamodb:eu-central-1:123456789012:table/x/stream/1"
    with pytest.raises(Exception, match=r"EventSourceArn|no queue"):
        read_wiring(deployed(template))


@pytest.mark.parametrize(
    ("expression", "zone", "after", "fires"),
    [
        ("rate(1 minute)", "UTC", "2026-03-02T09:00:30+00:00", "2026-03-02T09:01:00+00:00"),
        ("rate(1 minute)", "UTC", "2026-03-02T09:01:00+00:00", "2026-03-02T09:02:00+00:00"),
        ("cron(30 2 * * ? *)", "UTC", "2026-03-02T02:30:00+00:00", "2026-03-03T02:30:00+00:00"),
        ("cron(30 2 * * ? *)", "Europe/Berlin", "2026-03-02T00:00:00+00:00", "2026-03-02T01:30:00+00:00"),
        (
            "cron(30 2 * * ? *)",
            "Europe/Berlin",
            "2026-03-28T12:00:00+00:00",
            "2026-03-30T00:30:00+00:00",
        ),  # no 02:30
        (
            "cron(30 2 * * ? *)",
            "Europe/Berlin",
            "2026-10-24T12:00:00+00:00",
            "2026-10-25T00:30:00+00:00",
        ),  # twice
    ],
)
def test_a_schedule_fires_in_its_own_zone(expression, zone, after, fires):
    """A local time that a spring day lacks is skipped; one that comes twice fires once."""
    schedule = Schedule.read("s", "F", expression, zone)
    assert schedule.next_after(datetime.fromisoformat(after)) == datetime.fromisoformat(fires)
