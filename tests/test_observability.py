"""Metrics as CloudWatch reads them off the log (EMF)."""

import json
from datetime import timedelta

import pytest
from dunwell.batches import each_message
from dunwell.domain.money import Money
from dunwell.observability import PowertoolsTelling


@pytest.fixture
def told(capsys):
    """What is printed within one invocation, metrics as JSON."""

    def run(work):
        telling = PowertoolsTelling("dunwell")
        with telling.invocation(None):
            work(telling)
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def test_counts_and_ages_are_written_once_for_an_invocation(told):
    """By the service alone: what alarms and the dashboard ask for."""

    def work(telling):
        telling.count("AttemptsDeclined")
        telling.count("AttemptsDeclined")
        telling.age("OldestDueWork", timedelta(minutes=3))
        telling.age("OldestDueFinal", -timedelta(seconds=1))

    (found,) = told(work)
    assert found["AttemptsDeclined"] == [1.0, 1.0]
    assert (found["OldestDueWork"], found["OldestDueFinal"]) == ([180.0], [0.0])
    (directive,) = found["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Dunwell", [["service"]])
    units = {one["Name"]: one["Unit"] for one in directive["Metrics"]}
    assert units == {"AttemptsDeclined": "Count", "OldestDueWork": "Seconds", "OldestDueFinal": "Seconds"}


def test_amounts_are_told_by_currency(told):
    """In minor units; nothing is added up over currencies."""

    def work(telling):
        telling.amount("AmountRecovered", Money(4900, "eur"))
        telling.amount("AmountRecovered", Money(900, "jpy"))

    euro, yen = told(work)
    assert (euro["AmountRecovered"], euro["currency"], euro["service"]) == ([4900.0], "eur", "dunwell")
    assert (yen["AmountRecovered"], yen["currency"]) == ([900.0], "jpy")
    assert set(euro["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]) == {"service", "currency"}


def test_who_tells_nothing_writes_nothing(told):
    """No empty metrics."""
    assert told(lambda telling: None) == []


def test_all_that_concerns_an_invoice_is_logged_under_its_id(capsys):
    """What is told within is; what is told outside, or of something else, is not."""
    telling = PowertoolsTelling("dunwell")
    with telling.about("in_1"):
        telling.note("decided", next="attempt_payment", at=None)
        with telling.about("in_2"):
            telling.warn("the processor refused")
        telling.note("event applied")
    telling.note("webhook refused")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["message"], line.get("correlation_id")) for line in lines] == [
        ("decided", "in_1"),
        ("the processor refused", "in_2"),
        ("event applied", "in_1"),
        ("webhook refused", None),
    ]
    assert lines[0]["fields"] == {"next": "attempt_payment"}


def test_a_message_that_fails_is_logged_under_its_invoice(capsys):
    """Whoever looks for the invoice finds it; a message that nobody can read is told all the same."""

    def work(body):
        raise RuntimeError(body["invoice_id"])

    records = [
        {"messageId": f"m{number}", "body": body, "attributes": {}, "eventSource": "aws:sqs"}
        for number, body in enumerate(('{"invoice_id": "in_1"}', "[" * 100_000, '{"invoice_id": 7}'))
    ]
    answer = each_message({"Records": records}, {}, PowertoolsTelling("dunwell"), work)
    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["m0", "m1", "m2"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = {line["fields"]["message_id"]: line.get("correlation_id") for line in lines if "fields" in line}
    assert found == {"m0": "in_1", "m1": None, "m2": None}
