"""Lives of typical invoices, played on the sandbox with a meter on every call: what each one uses."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import boto3

from sandbox.bench.meter import Cost, Meter
from sandbox.bench.units import size_of
from sandbox.cloud.translation import REGION
from sandbox.fake_stripe.account import Account
from sandbox.fake_stripe.bank import APPROVED, BankAnswer, ScriptedBank, declined
from sandbox.stack import LIVE, Options, Sandbox, open_sandbox

BEGIN: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday, within the hours at which mails may leave."""

SETTINGS: Final = {**LIVE, "retry": {"kind": "smart"}}

LONG_IDS: Final = 0x10A7B5C2D3E4F56
"""A seed with which the fake Stripe's ids are as long as Stripe's own, so that sizes are true."""

SCHEDULED: Final = ("DueDispatch", "RetryLearning", "PastDueSweep", "ReconciliationSweep")
"""Functions that a schedule wakes whatever there is: what they read is no invoice's own cost (`idle.py`)."""

TABLES: Final = (
    "InvoicesTable",
    "CustomersTable",
    "EventsTable",
    "CardsTable",
    "PaymentsTable",
    "PagesTable",
)
"""Tables that hold rows of an invoice."""

Begin = Callable[[Sandbox, ScriptedBank], None]


@dataclass(frozen=True, slots=True)
class Life:
    """One invoice's life: how it begins, and how many days are played."""

    name: str
    begin: Begin
    days: float


@dataclass(frozen=True, slots=True)
class Lived:
    """What a life used, by function; the requests to the processor; the bytes that lie in the tables after
    it."""

    name: str
    by_function: dict[str, Cost]
    processor: int
    stored: int

    @property
    def total(self) -> Cost:
        found = Cost()
        for cost in self.by_function.values():
            found = found.plus(cost)
        return found


def _charged(*answers: BankAnswer) -> Begin:
    """A card that answers so, the last answer again and again."""

    def begin(sandbox: Sandbox, bank: ScriptedBank) -> None:
        account = sandbox.account
        customer = account.create_customer(name="Ada Brandt", email="ada@customer.example.com")
        bank.script(account.attach_method(customer)["id"], *answers)
        account.finalize(account.create_invoice(customer, 4_900))

    return begin


def _sent(paid_after: float | None) -> Begin:
    """An invoice that is due in fourteen days, and paid after so many."""

    def begin(sandbox: Sandbox, bank: ScriptedBank) -> None:  # noqa: ARG001
        account = sandbox.account
        customer = account.create_customer(name="Ada Brandt", email="ada@customer.example.com")
        terms: dict[str, Any] = {"collection_method": "send_invoice", "days_until_due": 14}
        invoice = account.finalize(account.create_invoice(customer, 4_900, **terms))
        if paid_after is not None:
            when = BEGIN + timedelta(days=paid_after)
            account.at(when, partial(_pays, account, invoice))

    return begin


def _pays(account: Account, invoice: dict[str, Any]) -> None:
    account.pay_part(invoice, invoice["amount_remaining"])


_NO_FUNDS: Final = declined("insufficient_funds")

LIVES: Final = (
    Life("charged, paid at once", _charged(APPROVED), 2),
    Life("charged, recovered by the first retry", _charged(_NO_FUNDS, APPROVED), 12),
    Life("charged, recovered by the third retry", _charged(_NO_FUNDS, _NO_FUNDS, _NO_FUNDS, APPROVED), 20),
    Life("sent, paid before it is due", _sent(8), 10),
    Life("sent, paid after two reminders", _sent(15), 17),
)
"""The lives that are measured; every failed payment is mailed, and told on the bus."""


def live(life: Life) -> Lived:
    """Plays a life."""
    bank = ScriptedBank()
    with open_sandbox(BEGIN, Options(settings=SETTINGS, bank=bank, seed=LONG_IDS)) as sandbox:
        meter = Meter(sandbox.deployment, sandbox.functions)
        sandbox.calls.guards.append(meter.measure)
        life.begin(sandbox, bank)
        sandbox.run_until(BEGIN + timedelta(days=life.days))
        for name, cost in meter.by_function.items():
            cost.invocations = sandbox.functions.invocations[name]
        own = {name: _own(name, cost) for name, cost in sorted(meter.by_function.items())}
        asked = sum(sandbox.api.requests.values())
        used = {name: cost for name, cost in own.items() if cost.requests}
        return Lived(life.name, used, asked, sum(_bytes_in(sandbox, table) for table in TABLES))


def _bytes_in(sandbox: Sandbox, table: str) -> int:
    client = boto3.client("dynamodb", region_name=REGION)
    items = client.scan(TableName=sandbox.deployment.physical_ids[table])["Items"]
    return sum(size_of(item) for item in items)


def _own(name: str, cost: Cost) -> Cost:
    """What a function used for the invoice: of the dispatch what it leased and sent."""
    if name == "DueDispatch":
        calls = Counter({one: n for one, n in cost.calls.items() if one != "dynamodb.Query"})
        return replace(cost, calls=calls, reads=0.0, least_reads=0.0)
    return Cost() if name in SCHEDULED else cost
