"""`dunwell redrive` over the deployed stack: what it shows, what it moves, and what the moved messages do."""

import json
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.cli import main
from sandbox.cloud.translation import REGION
from sandbox.fake_stripe.bank import APPROVED, ScriptedBank, declined
from sandbox.owner.deployed import advising
from sandbox.stack import API_KEY, LIVE, Options, open_sandbox
from tests.build import DAY_0

POISON = "\x1b[31m[bold]{not json"
NO_FUNDS = declined("insufficient_funds")
OUTAGE = DAY_0 + timedelta(days=1, hours=18)
"""Shortly before the first retry. moto changes the visibility of no message that is older than 12 hours."""


@pytest.fixture
def bank():
    return ScriptedBank()


@pytest.fixture
def sandbox(bank):
    with open_sandbox(DAY_0, Options(settings=LIVE, bank=bank, quiet=False)) as opened:
        yield opened


def command(sandbox, capsys, *arguments, stack="dunwell"):
    """Runs the command while time goes on, as it does outside: (exit code, what it printed)."""
    capsys.readouterr()
    sandbox.driver.clock.move_to(sandbox.driver.now() + timedelta(seconds=1), tick=True)
    code = main(["redrive", "--stack", stack, *arguments])
    sandbox.driver.clock.move_to(sandbox.driver.now() + timedelta(seconds=1), tick=False)
    return code, capsys.readouterr()


def told(sandbox, capsys, *arguments):
    code, printed = command(sandbox, capsys, *arguments, "--json")
    return code, json.loads(printed.out)


def put(sandbox, queue, *bodies):
    client = boto3.client("sqs", region_name=REGION)
    for body in bodies:
        client.send_message(QueueUrl=sandbox.deployment.physical_ids[queue], MessageBody=body)


def outage(sandbox, bank):
    """The API key is revoked for ten hours while a retry is due: messages sent by hand, and poison, are dead
    letters; the agenda's own wait for better times."""
    customer = sandbox.account.create_customer(name="Ada Brandt", email="ada@customer.example.com")
    bank.script(sandbox.account.attach_method(customer)["id"], NO_FUNDS, APPROVED)
    invoice = sandbox.account.finalize(sandbox.account.create_invoice(customer, 4900, "eur"))
    sandbox.run_until(OUTAGE)
    sandbox.api._api_key = "revoked"
    put(sandbox, "EventProcessingQueue", POISON)
    put(sandbox, "RetryExecutionQueue", *[json.dumps({"invoice_id": invoice["id"]})] * 3)
    sandbox.run_until(OUTAGE + timedelta(hours=10))
    sandbox.api._api_key = API_KEY
    return invoice


def effects(sandbox, invoice):
    """Everything but when the invoice was last looked at."""
    rows = [row for row in sandbox.invoice_rows(invoice["id"]) if row["part"] != "facts"]
    return statuses(sandbox), len(sandbox.mails()), rows


def statuses(sandbox):
    return [charge["status"] for charge in sandbox.account.objects["charge"].values()]


def test_a_dry_run_shows_and_changes_nothing(sandbox, bank, capsys):
    """Each queue, how many, how old, each message; all can be received at once afterwards."""
    outage(sandbox, bank)
    before = sandbox.driver.dead_letters()
    code, printed = command(sandbox, capsys, "--dry-run")
    assert code == 0, printed
    assert sandbox.driver.dead_letters() == before
    assert "nothing is sent" in printed.out
    assert "10 h 0 min" in printed.out
    assert r"\x1b[31m[bold]{not json" in printed.out
    assert "\x1b" not in printed.out


def test_a_dry_run_tells_everything_as_json(sandbox, capsys):
    """Bodies, receive counts and times, up to the limit."""
    put(sandbox, "RetryExecutionDeadLetters", *(json.dumps({"invoice_id": f"in_{n}"}) for n in range(25)))
    put(sandbox, "ReminderDispatchDeadLetters", "{}")
    code, shown = told(sandbox, capsys, "--dry-run", "--queue", "retry_execution", "--limit", "12")
    assert code == 0
    (queue,) = shown["queues"]
    assert (queue["queue"], queue["waiting"], queue["moved"]) == ("retry_execution", 25, 0)
    assert len({message["id"] for message in queue["messages"]}) == 12
    assert queue["messages"][0]["body"] == '{"invoice_id": "in_0"}'
    assert queue["messages"][0]["receive_count"] == 1
    assert queue["messages"][0]["sent_at"].startswith("2026-03-02T09:00")
    assert sandbox.driver.dead_letters()["RetryExecutionDeadLetters"] == 25


def test_redriven_messages_are_worked_off_once(sandbox, bank, capsys):
    """Many messages for one retry make one charge, and none later; the poison is dead-lettered again."""
    invoice = outage(sandbox, bank)
    dead = sandbox.driver.dead_letters()
    assert dead["RetryExecutionDeadLetters"] == 3
    assert dead["EventProcessingDeadLetters"] == 1
    assert statuses(sandbox) == ["failed"]
    code, moved = told(sandbox, capsys)
    assert code == 0
    assert {q["queue"]: q["moved"] for q in moved["queues"] if q["waiting"]} == {
        "event_processing": 1,
        "retry_execution": dead["RetryExecutionDeadLetters"],
    }
    assert sandbox.driver.dead_letters() == {}
    sandbox.driver.drain()
    assert statuses(sandbox) == ["failed", "succeeded"]
    assert invoice["status"] == "paid"
    sandbox.run_until(DAY_0 + timedelta(days=3))
    assert sandbox.driver.dead_letters()["EventProcessingDeadLetters"] == 1
    assert command(sandbox, capsys)[0] == 0
    sandbox.run_until(DAY_0 + timedelta(days=4))
    assert statuses(sandbox) == ["failed", "succeeded"]
    assert sandbox.driver.dead_letters() == {"EventProcessingDeadLetters": 1}


def test_a_message_that_a_crash_left_in_both_queues_has_no_second_effect(sandbox, bank, capsys):
    """Sent, not deleted, and redriven again a week later: no charge, no mail, no new decision."""
    invoice = outage(sandbox, bank)
    put(sandbox, "RetryExecutionQueue", json.dumps({"invoice_id": invoice["id"]}))
    sandbox.run_until(DAY_0 + timedelta(days=10))
    before = effects(sandbox, invoice)
    assert command(sandbox, capsys, "--queue", "retry_execution")[0] == 0
    worked = sandbox.functions.invocations["RetryExecution"]
    sandbox.run_until(DAY_0 + timedelta(days=11))
    assert sandbox.functions.invocations["RetryExecution"] > worked
    assert effects(sandbox, invoice) == before


def test_only_what_is_named_and_only_so_many(sandbox, capsys):
    """`--queue` chooses queues, `--limit` counts messages of each; the rest stays and is no failure."""
    for queue in ("FinalActionDeadLetters", "RetryExecutionDeadLetters", "EmailDeliveryDeadLetters"):
        put(sandbox, queue, *["{}"] * 15)
    code, printed = command(sandbox, capsys, "--queue", "final_action", "retry_execution", "--limit", "12")
    assert code == 0
    assert "Redriven" in printed.out
    assert sandbox.driver.dead_letters() == {
        "FinalActionDeadLetters": 3,
        "RetryExecutionDeadLetters": 3,
        "EmailDeliveryDeadLetters": 15,
    }


def test_wake_ups_are_explained_and_not_redriven(sandbox, capsys):
    """They came from a schedule and have no queue to go back to."""
    put(sandbox, "ScheduleDeadLetters", "{}")
    code, printed = command(sandbox, capsys)
    assert code == 0
    assert "no dead letters to redrive" in printed.out
    assert "1 in ScheduleDeadLetters came from a schedule" in printed.out
    assert told(sandbox, capsys)[1]["not_redriven"] == {"ScheduleDeadLetters": 1}
    assert sandbox.driver.dead_letters() == {"ScheduleDeadLetters": 1}


def test_messages_that_somebody_holds_are_not_counted_as_moved(sandbox, capsys):
    """The command says so, and fails; they are still there."""
    put(sandbox, "FinalActionDeadLetters", "{}", "{}")
    boto3.client("sqs", region_name=REGION).receive_message(
        QueueUrl=sandbox.deployment.physical_ids["FinalActionDeadLetters"], VisibilityTimeout=600
    )
    code, printed = command(sandbox, capsys)
    assert code == 1
    assert "1 could not be moved" in printed.out
    sandbox.driver.clock.shift(timedelta(minutes=15))
    assert sandbox.driver.dead_letters() == {"FinalActionDeadLetters": 1}


def test_what_was_moved_before_a_failure_is_told(sandbox, capsys):
    """One queue is gone by hand: the others before it were moved, and the error is told after them."""
    put(sandbox, "AttemptResolutionDeadLetters", "{}", "{}")
    put(sandbox, "FinalActionDeadLetters", "{}")
    gone = sandbox.deployment.physical_ids["FinalActionQueue"]
    boto3.client("sqs", region_name=REGION).delete_queue(QueueUrl=gone)
    code, printed = command(sandbox, capsys, "--json")
    assert code == 1
    moved = {q["queue"]: q["moved"] for q in json.loads(printed.out)["queues"] if q["waiting"]}
    assert moved == {"attempt_resolution": 2, "final_action": 0}
    assert "NonExistentQueue" in printed.err
    sandbox.driver.clock.shift(timedelta(minutes=3))
    assert sandbox.driver.dead_letters() == {"FinalActionDeadLetters": 1}


def test_mistakes_say_what_to_do(sandbox, capsys):
    """No such stack, no such queue, no such profile: exit code 1 and a sentence."""
    for arguments, stack, says in (
        ((), "nowhere", "no stack nowhere in eu-central-1: is it another --region or --profile?"),
        (("--region", "us-east-1"), "dunwell", "no stack dunwell in us-east-1"),
        (("--queue", "[/retry]"), "dunwell", "has no queue [/retry]; it has attempt_resolution,"),
        (("--profile", "nobody"), "dunwell", "`aws configure list-profiles` shows those there are"),
    ):
        code, printed = command(sandbox, capsys, *arguments, stack=stack)
        assert code == 1
        assert says in " ".join(printed.out.split())


def test_without_credentials_it_says_how_to_get_them(monkeypatch, tmp_path, capsys):
    """And reaches for nothing."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert main(["redrive", "--stack", "dunwell", "--region", "eu-central-1"]) == 1
    assert "no AWS credentials: run `aws configure`" in capsys.readouterr().out
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    assert main(["redrive", "--stack", "dunwell"]) == 1
    assert "name the stack's with --region" in capsys.readouterr().out


def test_a_refusal_names_the_rights_that_are_missing():
    """AWS's own words, and after them what to do."""
    refused = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}
    with (
        pytest.raises(ValueError, match=r"not authorized; you need cloudformation:ListStackResources"),
        advising("you need cloudformation:ListStackResources"),
    ):
        raise ClientError(refused, "ListStackResources")
