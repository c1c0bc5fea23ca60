"""What docs/operating.md has people run is run."""

import re

import boto3
from moto import mock_aws

from sandbox.cloud.functions import CREDENTIALS, environment
from sandbox.cloud.translation import ROOT


def test_a_restored_tables_rows_are_copied_over_those_of_the_stack():
    """The script of "Restoring a table": more rows than a page, none of the live ones lost."""
    (script,) = re.findall(
        r"```python\n(.+?)```", (ROOT / "docs" / "operating.md").read_text("utf-8"), re.DOTALL
    )
    script = script.replace("NAME-InvoicesTable-...", "live").replace('"RESTORED"', '"restored"')
    with environment(dict(CREDENTIALS)), mock_aws():
        made = boto3.resource("dynamodb")
        for name in ("live", "restored"):
            made.create_table(
                TableName=name,
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        live, restored = made.Table("live"), made.Table("restored")
        with restored.batch_writer() as batch:
            for number in range(40):
                batch.put_item(Item={"id": f"in_{number}", "body": "x" * 50_000})
        live.put_item(Item={"id": "in_0", "body": "newer"})
        live.put_item(Item={"id": "in_99", "body": "unknown then"})
        exec(script, {})  # noqa: S102 - our own document's
        found = {row["id"]: row["body"] for row in _rows(live)}
    assert len(found) == 41
    assert (len(found["in_0"]), found["in_99"]) == (50_000, "unknown then")


def _rows(table):
    last = {}
    while last is not None:
        found = table.scan(**({"ExclusiveStartKey": last} if last else {}))
        yield from found["Items"]
        last = found.get("LastEvaluatedKey")
