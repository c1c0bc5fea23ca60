"""The owner's commands over a sandbox that stands, as `dunwell up` keeps one, and a deployed function."""

import io
import json
import threading

import boto3
import pytest

from sandbox.cli import main
from sandbox.fake_stripe.bank import ScriptedBank, declined
from sandbox.owner.deployed import Account
from sandbox.owner.door import DeployedDoor, SandboxDoor
from sandbox.stack import LIVE, Options, open_sandbox
from sandbox.up import Door
from tests.build import DAY_0, day


@pytest.fixture(scope="module")
def standing():
    """A sandbox with one failed invoice, at a port of its own."""
    bank = ScriptedBank()
    with open_sandbox(DAY_0, Options(settings=LIVE, bank=bank)) as sandbox:
        customer = sandbox.account.create_customer(name="Ada Brandt", email="ada@customer.example.com")
        bank.script(sandbox.account.attach_method(customer)["id"], declined("insufficient_funds"))
        invoice = sandbox.account.finalize(sandbox.account.create_invoice(customer, 4900, "eur"))
        sandbox.run_until(day(0.3))
        door = Door(sandbox, threading.Lock(), 0)
        yield sandbox, door.port, invoice
        door.close()


def run(capsys, port, *arguments):
    """The exit code and what was printed, on one line."""
    code = main([*arguments, "--sandbox", str(port)])
    return code, " ".join(capsys.readouterr().out.split())


def test_settings_are_applied_shown_listed_and_taken_back(standing, tmp_path, capsys):
    """With whoever applied them, and why."""
    _, port, _ = standing
    path = tmp_path / "mine.yaml"
    path.write_text("# four are enough\nretry: {retries: 4}\n", encoding="utf-8")
    assert "version 2 applies" in run(capsys, port, "settings", "apply", str(path), "--why", "fewer")[1]
    assert "nothing to apply" in run(capsys, port, "settings", "apply", str(path))[1]
    code, shown = run(capsys, port, "settings", "show")
    assert code == 0
    assert "# version 2, applied 2026-" in shown
    assert ": fewer # four are enough retry: {retries: 4}" in shown
    assert "# version 1, written by hand" in run(capsys, port, "settings", "show", "--version", "1")[1]
    assert (
        "version 3 applies: it says what version 1 says" in run(capsys, port, "settings", "rollback", "1")[1]
    )
    listed = run(capsys, port, "settings", "history")[1]
    assert "fewer" in listed
    assert "by hand" in listed
    told = json.loads(run(capsys, port, "settings", "history", "--json")[1])
    assert [one["version"] for one in told] == [3, 2, 1]
    assert json.loads(run(capsys, port, "settings", "show", "--json")[1])["document"] == LIVE
    code, refused = run(capsys, port, "settings", "rollback", "77")
    assert (code, "there is no version 77" in refused) == (1, True)


def test_an_invoices_story_says_why(standing, capsys):
    """What is next, what happened, and the reasons of each decision."""
    _, port, invoice = standing
    code, told = run(capsys, port, "invoice", invoice["id"])
    assert code == 0
    for words in (
        "49.00 EUR due, 49.00 EUR open, charged automatically",
        "next: the payment is tried again on 2026-03-",
        "attempt of the processor: declined (insufficient_funds)",
        "decided with settings 1: the payment is tried again",
        "not given up while a retry is planned",
        "mail payment_failed:",
    ):
        assert words in told
    assert json.loads(run(capsys, port, "invoice", invoice["id"], "--json")[1])["facts"]["invoice"]["id"]
    code, refused = run(capsys, port, "invoice", "in_9")
    assert (code, "nothing is known of in_9" in refused) == (1, True)


def test_a_customers_messages_are_told(standing, capsys):
    """And which invoices are open."""
    _, port, invoice = standing
    code, told = run(capsys, port, "customer", invoice["customer"])
    assert code == 0
    assert "Ada Brandt, ada@customer.example.com" in told
    assert f"open invoices: {invoice['id']}" in told
    assert "payment_failed" in told
    assert json.loads(run(capsys, port, "customer", invoice["customer"], "--json")[1])["open_invoices"]


def test_no_page_of_another_host_operates_a_sandbox(standing):
    """Without the header that only a program sends, the path is no address at all."""
    sandbox, _, _ = standing
    assert sandbox.driver.respond("POST", "/operations", b"{}", {})["statusCode"] == 404


def test_where_no_sandbox_stands_it_is_said(capsys):
    """With how to start one."""
    assert main(["settings", "show", "--sandbox", "1"]) == 1
    assert "start one with `dunwell up`" in " ".join(capsys.readouterr().out.split())
    assert main(["settings", "show", "--stack", "dunwall"]) == 1


class Client:
    """CloudFormation, STS and Lambda of one account, as far as the door asks them."""

    def __init__(self, answer, error=None):
        self.answer, self.error, self.asked = answer, error, []

    def invoke(self, **asked):
        self.asked.append(asked)
        told = {"Payload": io.BytesIO(json.dumps(self.answer).encode())}
        return {**told, "FunctionError": self.error} if self.error else told

    def get_caller_identity(self):
        return {"Arn": "arn:aws:iam::1:user/ada"}

    def get_paginator(self, _):
        return self

    def paginate(self, **_):
        found = {
            "LogicalResourceId": "Operations",
            "PhysicalResourceId": "dunwell-Operations-1",
            "ResourceType": "AWS::Lambda::Function",
            "ResourceStatus": "CREATE_COMPLETE",
        }
        return [{"StackResourceSummaries": [found]}]


def deployed(monkeypatch, client):
    monkeypatch.setattr(boto3.Session, "client", lambda *_, **__: client)
    return DeployedDoor(Account("dunwell", "eu-central-1"))


def test_the_deployed_function_is_invoked_as_whoever_asks(monkeypatch):
    """Its physical name is the stack's own; the caller is told by AWS."""
    client = Client({"versions": []})
    door = deployed(monkeypatch, client)
    assert door.ask("settings.history", page=2) == {"versions": []}
    (asked,) = client.asked
    assert asked["FunctionName"] == "dunwell-Operations-1"
    assert json.loads(asked["Payload"]) == {"operation": "settings.history", "page": 2}
    assert door.who == "arn:aws:iam::1:user/ada"


@pytest.mark.parametrize(
    ("client", "told"),
    [
        (Client({"error": "no", "problems": [{"where": "a.b", "text": "wrong"}]}), "no\na.b: wrong"),
        (Client({"errorMessage": "boom"}, "Unhandled"), "operations failed: boom; its log group tells more"),
    ],
)
def test_what_the_function_refuses_or_fails_at_is_told(monkeypatch, client, told):
    """Each problem on a line of its own."""
    with pytest.raises(ValueError, match=r"no|boom") as refused:
        deployed(monkeypatch, client).ask("settings.apply")
    assert str(refused.value) == told


def test_a_sandboxes_door_names_the_one_who_sits_there():
    """Whoever is logged in."""
    assert SandboxDoor(1).who
