"""What is counted holds its goals: calls and units of each life, standing by, growth, what is imported."""

from collections import Counter

import pytest

from sandbox.bench.agenda import WORKERS, Limits, day, of_a_book
from sandbox.bench.cold import modules_of
from sandbox.bench.command import missed
from sandbox.bench.costs import ALARMS, QUEUES, SECRETS, SHARES, month
from sandbox.bench.growth import due_work
from sandbox.bench.idle import Idle, stand_by
from sandbox.bench.kinds import INTAKE, LOOK, kinds
from sandbox.bench.lives import LIVES, Lived, live
from sandbox.bench.meter import Cost
from sandbox.bench.units import Index, Table, read_units, size_of, write_units
from sandbox.cloud.translation import translate

CALLS = {
    "charged, paid at once": 55,
    "charged, recovered by the first retry": 158,
    "charged, recovered by the third retry": 302,
    "sent, paid before it is due": 72,
    "sent, paid after two reminders": 143,
}
"""Calls to AWS; fewer are welcome, and are written here then."""

UNITS = 1.09
"""Read and write units, of a life or a kind of event, in times of the least (the goal is 1.25)."""


CALLS_OF_A_KIND = {
    INTAKE: 2,
    LOOK: 2,
    "charge.failed": 2,
    "charge.succeeded": 2,
    "customer.created": 2,
    "customer.updated": 3,
    "invoice.created": 3.5,
    "invoice.finalized": 3.5,
    "invoice.paid": 3.5,
    "invoice.payment_failed": 6,
    "invoice.payment_succeeded": 3.5,
    "invoice_payment.paid": 3.5,
    "payment_intent.payment_failed": 6,
    "payment_intent.succeeded": 3.5,
    "payment_method.attached": 3,
}
"""The same for each kind of event, on average: one that tells of nothing new about an invoice writes less."""


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.name)
def test_a_life_uses_no_more_than_it_did(life):
    """Calls as counted, units near the least."""
    used = live(life).total
    assert used.requests <= CALLS[life.name]
    assert used.reads <= UNITS * used.least_reads
    assert used.writes <= UNITS * used.least_writes


def test_hearing_of_anything_uses_hardly_more_than_the_least():
    """Every kind of event in the lives of both collection methods: calls as counted, units near the least."""
    told = kinds()
    assert {kind.name for kind in told} == set(CALLS_OF_A_KIND)
    for kind in told:
        cost = kind.cost
        assert cost.requests <= CALLS_OF_A_KIND[kind.name] * kind.heard, kind.name
        assert cost.reads <= UNITS * cost.least_reads, kind.name
        assert cost.writes <= UNITS * cost.least_writes, kind.name


def test_standing_by_writes_nothing_but_a_nights_lessons():
    """And costs a few reads."""
    told = {one.function: (one.cost.requests, one.cost.reads, one.cost.writes) for one in stand_by()}
    assert told == {
        "DueDispatch": (12, 6.0, 0),
        "RetryLearning": (5, 2.0, 1),
        "PastDueSweep": (4, 2.0, 0),
        "ReconciliationSweep": (4, 2.0, 0),
    }


def test_due_work_does_not_grow_with_the_book():
    """To the last call; a row whose size changes with a random token may cost a unit more."""
    small, large = due_work(50, due=3).cost, due_work(1_000, due=3).cost
    assert small.calls == large.calls
    assert large.reads == small.reads
    assert large.writes == pytest.approx(small.writes, rel=0.02)


def test_items_are_as_large_as_aws_says():
    """Names and values; numbers by two digits a byte and one more."""
    assert size_of({"id": {"S": "in_1"}}) == 6
    assert size_of({"näme": {"S": "ä"}}) == 7
    assert size_of({"n": {"N": "1700"}, "m": {"N": "-0.5"}}) == 1 + 2 + 1 + 2
    assert size_of({"b": {"B": b"123"}, "t": {"BOOL": True}}) == 4 + 2


def test_units_are_rounded_up():
    """Reads by 4 KB over all items, half when eventual; writes by 1 KB of the larger of before and after."""
    assert [read_units([size], consistent=True) for size in (0, 4_096, 4_097)] == [1, 1, 2]
    assert read_units([3_000, 3_000], consistent=False) == 1.0
    large = {"a": {"S": "x" * 1_024}}
    assert [write_units(None, {"a": {"S": "x"}}), write_units(large, None), write_units(None, large)] == [
        1,
        2,
        2,
    ]


def test_an_index_is_written_when_its_entry_changes():
    """A new key is a deletion and an insertion; what it does not hold costs nothing; a transaction doubles
    the item alone."""
    index = Index(("due",), frozenset({"id", "due", "worker"}))
    table = Table(("id",), {"due": index})
    plain = {"id": {"S": "1"}, "body": {"S": "x"}}
    due, moved = {**plain, "due": {"S": "9"}}, {**plain, "due": {"S": "10"}}
    assert [
        len(index.written(*pair)) for pair in ((plain, due), (due, moved), (due, plain), (plain, plain))
    ] == [1, 2, 1, 0]
    assert index.written(due, {**due, "body": {"S": "y"}}) == []
    assert index.written(due, {**due, "worker": {"S": "w"}}) == [1]
    assert table.written(due, moved, transaction=True).units == 2 + 2
    assert table.written(due, moved, transaction=False).units == 1 + 2


def test_a_day_that_is_too_much_leaves_a_queue():
    """And one that is not leaves none."""
    limits = Limits()
    assert day(of_a_book(1_000_000), limits)[-1].backlog == 0
    assert day(of_a_book(100_000_000), limits)[-1].backlog > 10 * limits.least


def test_what_is_reckoned_with_is_what_the_template_has():
    """Queues, alarms, secrets, and the workers of the busiest queue; the shares are one whole."""
    template = translate({"SenderAddress": "billing@example.com", "SenderIdentity": "example.com"})
    kinds = Counter(resource["Type"] for resource in template["Resources"].values())
    assert (
        kinds["AWS::CloudWatch::Alarm"],
        kinds["AWS::SecretsManager::Secret"],
    ) == (ALARMS, SECRETS)
    scaled = [
        one["Properties"]["ScalingConfig"]["MaximumConcurrency"]
        for one in template["Resources"].values()
        if "ScalingConfig" in one["Properties"]
    ]
    assert (len(scaled), max(scaled)) == (QUEUES, WORKERS)
    assert sum(SHARES.values()) == pytest.approx(1.0)
    assert set(SHARES) == {life.name for life in LIVES}


def test_a_month_grows_with_its_invoices():
    """What stands by is paid once."""
    cost = Cost(Counter({"dynamodb.Query": 20}), reads=20.0, writes=100, messages=10, mails=1, invocations=10)
    lives = [Lived(name, {"WebhookIntake": cost}, 20, 9_000) for name in SHARES]
    idle = [Idle("DueDispatch", Cost(reads=6.0), 43_200)]
    small, large = month(1_000, lives, idle), month(100_000, lives, idle)
    assert small.by_service["Secrets Manager"] == large.by_service["Secrets Manager"]
    assert large.by_service["SES"] == pytest.approx(100 * small.by_service["SES"])
    assert 1 < large.total / small.total < 100


def test_a_goal_that_is_missed_is_told():
    """Each with its figure."""
    cost = {
        "requests": 3,
        "least_requests": 2,
        "reads": 1.0,
        "least_reads": 1.0,
        "writes": 1,
        "least_writes": 1,
    }
    grown = [{"requests": 10, "reads": 1.0, "writes": 1}, {"requests": 11, "reads": 1.0, "writes": 1}]
    kind = {"name": "rare", **cost, "requests": 2, "writes": 2, "reads": 1.4}
    told = {
        "lives": [{"name": "short", "total": cost}],
        "kinds": [kind],
        "growth": grown,
        "throughput": {"lost": 2},
    }
    assert missed(told) == [
        "short: requests 1.50 times the least",
        "rare: reads 1.40 times the least",
        "rare: writes 2.00 times the least",
        "requests grow with the book",
        "2 webhooks were lost",
    ]


_TO_RENDER = ("jinja2", "babel", "css_inline", "dunwell.messages.composer")
_THE_MODEL = "dunwell.domain.smart_retries"
_TO_PLAN = (_THE_MODEL, "dunwell.use_cases.book")

NOT_NEEDED = {
    "webhook_intake": (*_TO_RENDER, *_TO_PLAN, "dunwell.domain.invoices", "dunwell.records", "dunwell.ports"),
    "due_dispatch": (*_TO_RENDER, *_TO_PLAN, "stripe"),
    "past_due_sweep": (*_TO_RENDER, *_TO_PLAN, "stripe"),
    "webhook_delivery": (*_TO_RENDER, *_TO_PLAN, "stripe"),
    "recovery_counting": (*_TO_RENDER, *_TO_PLAN, "stripe"),
    "reminder_dispatch": (*_TO_RENDER, *_TO_PLAN, "stripe"),
    "retry_execution": (*_TO_RENDER, "holidays"),
    "event_processing": (*_TO_RENDER, _THE_MODEL, "holidays"),
    "final_action": (*_TO_RENDER, _THE_MODEL, "holidays"),
    "email_delivery": (_THE_MODEL,),
    "hosted_invoice": (_THE_MODEL,),
    "operations": (*_TO_RENDER, _THE_MODEL, "dunwell.use_cases.backtest", "stripe", "holidays"),
}
"""What a function has no use for before its first event."""


@pytest.mark.parametrize("function", NOT_NEEDED)
def test_a_function_loads_only_what_it_needs(function):
    """Not even by a detour: the processor, or a customer, waits for a cold start."""
    assert set(NOT_NEEDED[function]) & modules_of(function) == set()
