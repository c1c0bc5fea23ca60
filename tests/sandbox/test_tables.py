"""The sandbox's tables: a query of a partition alone answers as moto's own does; a scan tells all pages."""

import boto3
import pytest
from moto import mock_aws
from moto.dynamodb.models.table import Table

from sandbox.cloud.cheap_queries import cheap_queries
from sandbox.cloud.translation import REGION
from sandbox.stack import open_sandbox
from tests.build import DAY_0

ROWS = [
    {"customer": {"S": customer}, "number": {"N": number}, "lane": {"S": lane}, "rank": {"N": rank}}
    for customer, number, lane, rank in [
        ("c1", "1", "work", "1"),
        ("c1", "2", "final", "1.0"),
        ("c1", "10", "work", "2"),
        ("c2", "1", "work", "1"),
        ("c2", "3", "final", "2"),
    ]
]

QUERIES = {
    "a partition": {"KeyConditionExpression": "customer = :c", "ExpressionAttributeValues": {":c": "c1"}},
    "nothing": {"KeyConditionExpression": "customer = :c", "ExpressionAttributeValues": {":c": "c9"}},
    "a range, backwards": {
        "KeyConditionExpression": "customer = :c AND #n >= :n",
        "ExpressionAttributeNames": {"#n": "number"},
        "ExpressionAttributeValues": {":c": "c1", ":n": 2},
        "ScanIndexForward": False,
    },
    "an index": {
        "IndexName": "by_lane",
        "KeyConditionExpression": "lane = :l",
        "ExpressionAttributeValues": {":l": "work"},
    },
    "an index by a number, however it is written": {
        "IndexName": "by_rank",
        "KeyConditionExpression": "#r = :r",
        "ExpressionAttributeNames": {"#r": "rank"},
        "ExpressionAttributeValues": {":r": 1},
    },
}


@pytest.fixture
def table():
    names = {"customer": "S", "number": "N", "lane": "S", "rank": "N"}
    with mock_aws():
        client = boto3.client("dynamodb", region_name=REGION)
        client.create_table(
            TableName="rows",
            KeySchema=_keys("customer", "number"),
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in names.items()],
            GlobalSecondaryIndexes=[
                _index("by_lane", _keys("lane", "number")),
                _index("by_rank", _keys("rank")),
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        for row in ROWS:
            client.put_item(TableName="rows", Item=row)
        yield boto3.resource("dynamodb", region_name=REGION).Table("rows")


def _keys(*names):
    return [
        {"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)
    ]


def _index(name, keys):
    return {"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}


def pages(table, query):
    """All pages of one item each, as they are given."""
    found, more = [], {}
    while True:
        answer = table.query(**query, **more, Limit=1)
        found.append((answer["Items"], answer["Count"], answer.get("LastEvaluatedKey")))
        if "LastEvaluatedKey" not in answer:
            return found
        more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_answers_as_motos_own(table, query):
    """Whole and page by page."""
    told = table.query(**query)["Items"], pages(table, query)
    with cheap_queries():
        assert (table.query(**query)["Items"], pages(table, query)) == told


def test_only_a_partition_is_looked_at(table, monkeypatch):
    """Which is what makes it cheap."""
    seen, whole = [], Table.all_items
    monkeypatch.setattr(Table, "all_items", lambda rows: seen.append(len(whole(rows))) or whole(rows))
    with cheap_queries():
        for name in ("a partition", "nothing", "an index"):
            table.query(**QUERIES[name])
    assert seen == [3, 0, 3]


def test_a_query_leaves_nothing_behind(table):
    """moto keeps every table that is made, and with it what it holds."""
    with cheap_queries():
        before = len(Table.instances_tracked)
        for query in QUERIES.values():
            table.query(**query)
        assert len(Table.instances_tracked) == before


def test_a_table_without_a_range_key_is_queried_too():
    """By its key and by an index."""
    with mock_aws(), cheap_queries():
        client = boto3.client("dynamodb", region_name=REGION)
        client.create_table(
            TableName="plain",
            KeySchema=_keys("id"),
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("id", "lane")],
            GlobalSecondaryIndexes=[_index("by_lane", _keys("lane"))],
            BillingMode="PAY_PER_REQUEST",
        )
        table = boto3.resource("dynamodb", region_name=REGION).Table("plain")
        rows = [{"id": f"{number}", "lane": f"{number % 2}"} for number in range(4)]
        for row in rows:
            table.put_item(Item=row)
        by_key = table.query(KeyConditionExpression="id = :i", ExpressionAttributeValues={":i": "1"})
        by_lane = table.query(
            IndexName="by_lane", KeyConditionExpression="lane = :l", ExpressionAttributeValues={":l": "1"}
        )
        assert by_key["Items"] == [rows[1]]
        assert by_lane["Items"] == [rows[1], rows[3]]


def test_a_table_of_more_than_a_page_is_told_whole():
    """DynamoDB gives a megabyte at a time."""
    with open_sandbox(DAY_0) as sandbox:
        name = sandbox.deployment.physical_ids["EventsTable"]
        rows = boto3.resource("dynamodb", region_name=REGION).Table(name)
        for number in range(4):
            rows.put_item(Item={"event_id": f"evt_{number}", "body": "x" * 390_000})
        assert "LastEvaluatedKey" in rows.scan()
        assert {row["event_id"] for row in sandbox.items("EventsTable")} == {f"evt_{n}" for n in range(4)}
