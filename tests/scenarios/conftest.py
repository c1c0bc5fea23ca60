"""Stories are told day by day: day 0 is a Monday morning on which an invoice is finalized."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.fake_stripe.bank import BankAnswer, ScriptedBank, declined
from sandbox.stack import LIVE, Options, Sandbox, open_sandbox
from tests.build import DAY_0

Json = dict[str, Any]


@dataclass(slots=True)
class Story:
    """One sandbox with a scripted bank. Times are days after day 0."""

    sandbox: Sandbox
    bank: ScriptedBank
    customer: Json = field(default_factory=dict)

    def has_customer(self, **fields: Any) -> Json:
        fields = {"name": "Ada Brandt", "email": "ada@customer.example.com"} | fields
        self.customer = self.sandbox.account.create_customer(**fields)
        return self.customer

    def has_method(self, *answers: BankAnswer, kind: str = "card", **details: Any) -> Json:
        """Gives the customer a payment method whose bank answers so, one after the other."""
        method = self.sandbox.account.attach_method(self.customer, kind, **details)
        if answers:
            self.bank.script(method["id"], *answers)
        return method

    def bills(self, amount: int = 4900, currency: str = "eur", **fields: Any) -> Json:
        """Finalizes an invoice, now."""
        account = self.sandbox.account
        return account.finalize(account.create_invoice(self.customer, amount, currency, **fields))

    def sends(self, amount: int = 4900, *, due_in_days: int = 14, **fields: Any) -> Json:
        """Finalizes an invoice that the customer pays."""
        terms = {"collection_method": "send_invoice", "days_until_due": due_in_days}
        return self.bills(amount, **terms, **fields)

    def fails(self, *answers: BankAnswer, **customer: Any) -> Json:
        """An invoice whose first attempt fails on day 0; the mail about it has gone out."""
        self.has_customer(**customer)
        self.has_method(*(answers or (declined("insufficient_funds"),)))
        invoice = self.bills()
        self.comes_to(0.3)
        return invoice

    def comes_to(self, days: float) -> None:
        """Plays until so many days after day 0."""
        self.sandbox.run_until(DAY_0 + timedelta(days=days))

    def charges(self) -> list[tuple[float, str]]:
        """All charges as (days after day 0, status), oldest first."""
        found = self.sandbox.account.objects["charge"].values()
        return [(_days(charge["created"]), charge["status"]) for charge in found]

    def mails(self) -> list[tuple[float, str]]:
        """All mails as (days after day 0, kind of message), in the order in which they were sent."""
        found = [record for record in self.records() if record["state"] == "sent"]
        return [(_days_of(r["at"]), r["key"].split(":", 1)[1].split(":ch_")[0]) for r in found]

    def records(self) -> list[Json]:
        """All message records, oldest first."""
        rows = self.sandbox.items("CustomersTable")
        found = [json.loads(str(row["body"])) for row in rows if str(row["part"]).startswith("message#")]
        return sorted(found, key=lambda record: (record["at"], record["key"]))

    def row(self, invoice: Json) -> Json:
        """What is stored of an invoice: its main row."""
        return next(row for row in self.sandbox.invoice_rows(invoice["id"]) if row["part"] == "facts")

    def reasons(self, invoice: Json) -> list[str]:
        """The rules of the current decision."""
        return [reason["rule"] for reason in self.sandbox.ledger(invoice["id"])[-1]["reasons"]]

    def all_reasons(self, invoice: Json) -> set[str]:
        """The rules of all decisions so far."""
        return {reason["rule"] for entry in self.sandbox.ledger(invoice["id"]) for reason in entry["reasons"]}

    def next_payment_attempt(self, invoice: Json) -> float | None:
        """`next_payment_attempt` as days after day 0."""
        told = self.row(invoice).get("next_payment_attempt")
        return _days_of(str(told).replace("+0000", "+00:00")) if told else None

    def link(self) -> str:
        """The path of the hosted invoice page that the last mail leads to."""
        text = self.sandbox.mails()[-1].get_body(("plain",)).get_content()
        return "/i/" + re.search(r"/i/(\S+)", text)[1]

    def visits(self, path: str, **form: str) -> Json:
        """Looks at a page, or chooses something on it; follows where that leads."""
        method, body = ("POST", urlencode(form).encode()) if form else ("GET", b"")
        headers = {"content-type": "application/x-www-form-urlencoded"} if form else {}
        answer = self.sandbox.driver.respond(method, path, body, headers)
        return self.visits(answer["headers"]["location"]) if answer["statusCode"] == 303 else answer

    def ends_well(self) -> None:
        """Nothing failed, nothing is dead-lettered."""
        assert self.sandbox.driver.failures == []
        assert self.sandbox.driver.dead_letters() == {}


@pytest.fixture
def story() -> Iterator[Callable[..., Story]]:
    """Begins a story on day 0 with the owner's settings (collecting from the first day) and options."""
    with ExitStack() as stack:

        def begin(settings: Json | None = None, **options: Any) -> Story:
            stack.close()  # a second story in one test begins on a fresh machine
            bank = ScriptedBank()
            chosen = Options(settings={**LIVE, **(settings or {})}, bank=bank, **options)
            return Story(stack.enter_context(open_sandbox(DAY_0, chosen)), bank)

        yield begin


def _days(unix: int) -> float:
    return round((datetime.fromtimestamp(unix, UTC) - DAY_0) / timedelta(days=1), 1)


def _days_of(instant: str) -> float:
    return round((datetime.fromisoformat(instant) - DAY_0) / timedelta(days=1), 1)
