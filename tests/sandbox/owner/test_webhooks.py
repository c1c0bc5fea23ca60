"""`dunwell webhooks` and `dunwell tell` over the deployed stack: what was not taken, and told again."""

import json

import boto3
import pytest

from sandbox.cli import main
from sandbox.cloud.translation import REGION
from sandbox.fake_stripe.bank import ScriptedBank, declined
from sandbox.stack import LIVE, Options, open_sandbox
from tests.build import DAY_0, day

HOOKS = "https://hooks.northwind.example/dunwell"
SETTINGS = {**LIVE, "webhooks": [{"name": "billing-app", "url": HOOKS}]}


@pytest.fixture
def down():
    """A stack whose endpoint takes nothing, with one failed invoice; a day later."""
    bank = ScriptedBank()
    with open_sandbox(DAY_0, Options(settings=SETTINGS, bank=bank)) as sandbox:
        sandbox.merchant.down.add(HOOKS)
        customer = sandbox.account.create_customer(email="ada@customer.example.com")
        bank.script(sandbox.account.attach_method(customer)["id"], *[declined("insufficient_funds")] * 2)
        invoice = sandbox.account.finalize(sandbox.account.create_invoice(customer, 4900, "eur"))
        sandbox.run_until(day(1))
        yield sandbox, invoice["id"]


@pytest.fixture
def run(capsys):
    def running(*arguments):
        capsys.readouterr()  # what the functions have logged
        code = main([*arguments, "--stack", "dunwell"])
        return code, capsys.readouterr().out

    return running


def heard_on(bus):
    """What a rule on the bus brings from now on: the ids of events."""
    events, sqs = boto3.client("events", region_name=REGION), boto3.client("sqs", region_name=REGION)
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="all", EventPattern='{"source": ["dunwell"]}', EventBusName=bus)
    events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])

    def heard():
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"])["detail"]["id"] for message in found]

    return heard


def test_what_was_not_taken_is_listed_and_told_again_once_given_up(down, run):
    """With the last answer; what still waits is left to wait."""
    sandbox, invoice = down
    (found,) = json.loads(run("webhooks", "--json")[1])
    assert (found["endpoint"], found["event_id"]) == ("billing-app", f"{invoice}:1")
    assert (found["problem"], found["is_given_up"]) == ("it answered 503", False)
    assert run("webhooks", "--endpoint", "crm") == (0, "every webhook was taken\n")
    assert run("webhooks", "--again") == (0, "0 enqueued; what is not taken now is tried for three days\n")
    sandbox.run_until(day(4.5))
    assert "given up" in run("webhooks")[1]
    sandbox.merchant.down.clear()
    assert run("webhooks", "--again", "--json") == (0, '{"told_again": 1}\n')
    sandbox.run_until(day(4.6))
    assert f"{invoice}:1" in [event["id"] for _, event in sandbox.merchant.taken]
    assert f"{invoice}:1" not in run("webhooks", "--json")[1]


def test_an_event_is_told_again_where_it_is_wanted(down, run):
    """On the bus, or to one endpoint; under its own id."""
    sandbox, invoice = down
    sandbox.merchant.down.clear()
    heard = heard_on(sandbox.deployment.outputs["EventBusName"])
    assert run("tell", f"{invoice}:1") == (0, f"{invoice}:1 invoice.payment_failed told again\n")
    assert heard() == [f"{invoice}:1"]
    sandbox.run_until(day(1.6))
    taken = len(sandbox.merchant.taken)
    assert run("tell", f"{invoice}:1", "--endpoint", "billing-app")[0] == 0
    sandbox.run_until(day(1.61))
    assert [event["id"] for _, event in sandbox.merchant.taken[taken:]] == [f"{invoice}:1"]


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["in_1"], "in_1 is no id of an event: they are like in_1:3"),
        (["in_1:7"], "there is no event in_1:7: each is kept for 35 days"),
        (["{}:1", "--endpoint", "crm"], "your settings have no webhook crm; there are billing-app"),
    ],
)
def test_what_there_is_not_is_told(down, run, arguments, advice):
    """No such event, no such endpoint: nothing is sent."""
    code, told = run("tell", *(one.format(down[1]) for one in arguments))
    assert code == 1
    assert advice in " ".join(told.split())
