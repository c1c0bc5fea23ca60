"""The driver: jumping over idle minutes ends as playing each of them; roles are enforced."""

import json
import re
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from sandbox.cloud.calls import calling_as
from sandbox.cloud.permissions import needed
from sandbox.demo import SETTINGS, START, sums
from sandbox.scene import PAGE_TOKEN, open_scene
from sandbox.scene import SETTINGS as SCENE_SETTINGS
from sandbox.stack import Options, open_sandbox
from sandbox.world import Company, Habits

END = START + timedelta(days=10)
CUSTOMERS = 6
OF_LAMBDA_ITSELF = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}
"""Rights that Lambda's own pollers and log writer need; no handler calls them."""


def played(*, skip_idle):
    """Nine days by jumps, then one whole day as asked; what is stored at the end."""
    bank = Habits(2)
    with open_sandbox(START, Options(settings=SETTINGS, bank=bank, seed=2)) as sandbox:
        Company(sandbox.account, bank, 2).open(CUSTOMERS, START, END + timedelta(days=20))
        sandbox.run_until(END - timedelta(days=1))
        skipped = sandbox.driver.ticks_skipped
        sandbox.run_until(END, skip_idle=skip_idle)
        rows = [
            (row["invoice_id"], row["part"], row.get("due_at"), row.get("decision_digest"))
            for row in sandbox.items("InvoicesTable")
        ]
        charges = [dict(charge) for charge in sandbox.account.objects["charge"].values()]
        mails = [str(mail["Subject"]) for mail in sandbox.mails()]
        end = json.dumps([sorted(map(str, rows)), charges, mails], default=str)
        return end, sandbox.driver.ticks_skipped - skipped, sandbox.driver.failures, sums(sandbox)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_one_whole_day_tick_by_tick_ends_as_the_same_day_by_jumps():
    """1,440 dispatches and 48 catch-ups, few of which find anything: the same decisions and mails."""
    jumped, skipped, failures, found = played(skip_idle=True)
    ticked, none_skipped, *_ = played(skip_idle=False)
    assert jumped == ticked
    assert 1_440 < skipped < 1_488
    assert none_skipped == 0
    assert failures == []
    assert found["due"].invoices >= 3


def test_a_function_can_do_only_what_its_role_allows():
    """moto would let it do anything."""
    with open_sandbox(START) as sandbox, calling_as("PastDueSweep"):
        with pytest.raises(ClientError, match=r"role does not allow dynamodb:Scan"):
            sandbox.items("InvoicesTable")
        with pytest.raises(ClientError, match=r"role does not allow dynamodb:Scan"):
            sandbox.apply_settings({})


def test_a_transaction_needs_the_right_of_each_of_its_parts():
    """TransactWriteItems has no action of its own in IAM."""
    items = [{"Put": {"TableName": "a"}}, {"Delete": {"TableName": "b"}}, {"Update": {"TableName": "a"}}]
    found = {action for action, _ in needed("dynamodb", "TransactWriteItems", {"TransactItems": items})}
    assert found == {"dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem"}
    with pytest.raises(NotImplementedError):
        list(needed("kinesis", "PutRecord", {}))


def worked(sandbox):
    """The rights granted and used, as (action, resource without the suffixes that each deployment draws)."""

    def named(grants):
        return {(action, re.sub(r"(-[A-Z0-9]{12})?-[^-]+$", "", resource)) for action, resource in grants}

    granted = named(grant for name in sandbox.functions.names() for grant in sandbox.permissions.grants(name))
    used = named(grant for grants in sandbox.permissions.used.values() for grant in grants)
    return granted, used, set(sandbox.functions.invocations)


def operate(scene):
    """What an owner asks of a stack, each once."""
    named = {"by": "ada", "why": "a test", "subject": "in_sample_retry_due"}
    parts = scene.functions.invoke("Operations", {"operation": "preview.customers"})["parts"]
    newest = scene.functions.invoke("Operations", {"operation": "settings.show"})["settings"]
    document = {**newest["document"], "retry": {"kind": "off"}}
    change = {"by": "ada", "why": "a test", "on_version": newest["version"], "document": document}
    for name, asked in (
        ("settings.show", {"version": newest["version"]}),
        *(("preview.customers", {"part": part}) for part in parts),
        ("preview", {"customers": ["cus_sample_retry_due"], "days": 30}),
        ("report", {}),
        ("book", {"since": f"{START:%Y-%m-%d}"}),
        ("customer.show", {"customer_id": "cus_sample_retry_due"}),
        ("retry_now", named),
        ("pause", {**named, "until": f"{START + timedelta(days=30):%Y-%m-%d}"}),
        ("settings.apply", change),
    ):
        answer = scene.functions.invoke("Operations", {"operation": name, **asked})
        assert "error" not in answer, (name, answer)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_no_role_grants_what_nothing_needs():
    """A month of a company's invoices, and the scene with its lost answer and an endpoint that is down for a
    day, use every right there is.

    Functions that write the book share its code, and so its rights: it is enough that one used them.
    """
    bank = Habits(1)
    with open_sandbox(START, Options(settings=SETTINGS, bank=bank, seed=1)) as sandbox:
        Company(sandbox.account, bank, 1).open(14, START, START + timedelta(days=29))
        sandbox.run_until(START + timedelta(days=45))
        assert sandbox.driver.failures == []
        granted, used, invoked = worked(sandbox)
    with open_scene(START) as scene:
        choice = f"day={(START + timedelta(days=3)).date()}".encode()
        assert scene.driver.request("POST", f"/i/{PAGE_TOKEN}/promise", choice, {}) == 303
        operate(scene)
        (endpoint,) = SCENE_SETTINGS["webhooks"]
        scene.merchant.down.add(endpoint["url"])
        scene.run_until(START + timedelta(days=1))
        scene.merchant.down.clear()
        scene.run_until(START + timedelta(days=2))
        _, used_by_scene, invoked_by_scene = worked(scene)
    unused = {grant for grant in granted - used - used_by_scene if grant[0] not in OF_LAMBDA_ITSELF}
    assert unused == set()
    assert invoked | invoked_by_scene == set(sandbox.functions.names())
