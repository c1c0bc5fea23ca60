"""The owner's commands over a sandbox that stands, as `dunwell up` keeps one, and a deployed function."""

import io
import json

import boto3
import pytest

from sandbox.cli import main
from sandbox.owner.deployed import Account
from sandbox.owner.door import DeployedDoor, SandboxDoor
from sandbox.stack import LIVE
from tests.build import day


def test_settings_are_applied_shown_listed_and_taken_back(run, tmp_path):
    """With whoever applied them, and why."""
    path = tmp_path / "mine.yaml"
    path.write_text("# four are enough\nretry: {retries: 4}\n", encoding="utf-8")
    assert "version 2 applies" in run("settings", "apply", str(path), "--yes", "--why", "fewer")[1]
    assert "nothing to apply" in run("settings", "apply", str(path), "--yes")[1]
    code, shown = run("settings", "show")
    assert code == 0
    assert "# version 2, applied 2026-" in shown
    assert ": fewer # four are enough retry: {retries: 4}" in shown
    assert "# version 1, written by hand" in run("settings", "show", "--version", "1")[1]
    assert "version 3 applies: it says what version 1 says" in run("settings", "rollback", "1", "--yes")[1]
    listed = run("settings", "history")[1]
    assert "fewer" in listed
    assert "by hand" in listed
    told = json.loads(run("settings", "history", "--json")[1])
    assert [one["version"] for one in told] == [3, 2, 1]
    assert json.loads(run("settings", "show", "--json")[1])["document"] == LIVE
    code, refused = run("settings", "rollback", "77")
    assert (code, "there is no version 77" in refused) == (1, True)


def test_an_invoices_story_says_why(standing, run):
    """What is next, what happened, and the reasons of each decision."""
    _, _, invoice = standing
    code, told = run("invoice", invoice["id"])
    assert code == 0
    for words in (
        "49.00 EUR due, 49.00 EUR open, charged automatically",
        "next: the payment is tried again on 2026-03-",
        "attempt of the processor: declined (insufficient_funds)",
        "decided with settings 1: the payment is tried again",
        "not given up while a retry is planned",
        "mail payment_failed:",
        "what follows, if nothing changes and every payment fails: 2026-03-",
        "charge attempt 1 of 49.00 EUR",
    ):
        assert words in told
    assert json.loads(run("invoice", invoice["id"], "--json")[1])["facts"]["invoice"]["id"]
    code, refused = run("invoice", "in_9")
    assert (code, "nothing is known of in_9" in refused) == (1, True)


def test_a_customers_messages_are_told(standing, run):
    """And which invoices are open."""
    _, _, invoice = standing
    code, told = run("customer", invoice["customer"])
    assert code == 0
    assert "Ada Brandt, ada@customer.example.com" in told
    assert f"open invoices: {invoice['id']}" in told
    assert "payment_failed" in told
    assert json.loads(run("customer", invoice["customer"], "--json")[1])["open_invoices"]


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


def test_exceptions_are_made_from_the_terminal(standing, run):
    """Paused with a day and a reason, told in the invoice's story, ended again."""
    _, _, invoice = standing
    until = f"{day(40):%Y-%m-%d}"
    paused = run("pause", invoice["id"], "--until", until, "--why", "moves house")
    assert paused == (0, f"pause: {invoice['id']} until {until}")
    told = run("invoice", invoice["id"])[1]
    assert f"{invoice['id']} paused until {until} by " in told
    assert "moves house" in told
    assert run("resume", invoice["id"])[0] == 0
    assert run("schedule", invoice["id"], "3,5", "--why", "pays late")[0] == 0
    assert run("schedule", invoice["id"])[0] == 0
    code, refused = run("pause", "sub_1", "--until", until, "--why", "x")
    assert (code, "begins with in_" in refused) == (1, True)
