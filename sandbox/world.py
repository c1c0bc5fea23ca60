"""A small company's customers and the banks behind their cards, drawn from one seed.

Each customer has a habit: a card that always works, one that has money only after pay day, one that is
lost and replaced, a bank debit, an invoice that is paid late, short, or never.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.fake_stripe.account import Account
from sandbox.fake_stripe.bank import APPROVED, BankAnswer, declined, pending

Json = dict[str, Any]

_NAMES: Final = (
    "Ada Brandt", "Bo Castellan", "Cleo Duarte", "Dag Eklund", "Eva Fontaine", "Finn Grau", "Gina Hollis",
    "Hugo Ibarra", "Ines Jansen", "Jon Kowal", "Kaya Lindt", "Leo Moretti", "Mia Novak", "Nils Oberon",
    "Olga Petit", "Pau Quintana", "Rosa Sommer", "Sven Tamm", "Tess Ulrich", "Vito Weiss",
)  # fmt: skip

_PLACES: Final = (
    ("DE", None), ("DE", None), ("FR", None), ("ES", None), ("NL", None), ("IT", None), ("GB", None),
    ("US", "NY"), ("US", "CA"), ("JP", None),
)  # fmt: skip

CARD_HABITS: Final = (
    ("good",) * 9 + ("payday",) * 5 + ("flaky",) * 3 + ("lost", "expired", "dead", "asks_payer")
)
DEBIT_HABITS: Final = ("debit",) * 3 + ("debit_fails",)
PAYER_HABITS: Final = ("early",) * 3 + ("late",) * 4 + ("short",) * 2 + ("never",)


_ALWAYS: Final = {
    "lost": declined("lost_card", network_decline_code="41"),
    "dead": declined("insufficient_funds"),
    "asks_payer": declined("authentication_required"),
    "debit": pending(timedelta(days=4)),
    "debit_fails": pending(timedelta(days=4), declined("insufficient_funds", network_decline_code="R01")),
}
"""Habits whose bank always says the same."""


@dataclass(slots=True)
class Habits:
    """The bank of all customers: answers by each payment method's habit."""

    seed: int
    habits: dict[str, str] = field(default_factory=dict)

    def answer(self, method: Json, amount: int, at: datetime) -> BankAnswer:
        """Draws of chance depend on the method and the hour alone, not on who else was asked before."""
        draw = random.Random(f"{self.seed}-{method['id']}-{at:%Y%m%d%H}").random()
        habit = self.habits.get(method["id"], "good")
        if habit == "payday":
            return self._payday(method, at, draw)
        if habit == "flaky":
            return declined("do_not_honor") if draw < 0.5 else APPROVED
        if habit == "expired":
            expired = (method["card"]["exp_year"], method["card"]["exp_month"]) < (at.year, at.month)
            return declined("expired_card", network_decline_code="54") if expired else APPROVED
        return _ALWAYS.get(habit, APPROVED)

    def _payday(self, method: Json, at: datetime, draw: float) -> BankAnswer:
        """There is money just after the customer's own pay day, and less of it every day after."""
        pay_day = 1 + int(random.Random(f"{self.seed}-{method['id']}").random() * 27)
        days_since = (at.day - pay_day) % 30
        return APPROVED if draw < max(0.05, 0.95 - 0.09 * days_since) else declined("insufficient_funds")


@dataclass(slots=True)
class Company:
    """A company that bills its customers every month. `scripts` are what payers do by themselves."""

    account: Account
    bank: Habits
    seed: int

    def open(self, customers: int, start: datetime, end: datetime) -> None:
        """Creates the customers, and has each invoice of the time between made on its day."""
        draw = random.Random(f"company-{self.seed}")
        for number in range(customers):
            customer = self._customer(number, draw)
            kind = draw.choices(("card", "debit", "invoice"), (6, 1, 3))[0]
            habits = {"card": CARD_HABITS, "debit": DEBIT_HABITS, "invoice": PAYER_HABITS}[kind]
            habit = draw.choice(habits)
            amount = draw.choice((900, 1900, 2900, 4900, 9900, 24900))
            first = start + timedelta(days=draw.uniform(0, 28), hours=draw.uniform(0, 8))
            if kind != "invoice":
                self._give_method(customer, kind, habit, draw)
            day = first
            while day < end:
                self._bill(customer, amount, day, kind, habit)
                day += timedelta(days=30)

    def _customer(self, number: int, draw: random.Random) -> Json:
        name = _NAMES[number % len(_NAMES)]
        country, state = draw.choice(_PLACES)
        return self.account.create_customer(
            name=name,
            email=f"{name.split()[0].lower()}.{number}@customer.example.com",
            address={"country": country, "state": state},
            preferred_locales=["en-GB" if country != "US" else "en-US"],
        )

    def _give_method(self, customer: Json, kind: str, habit: str, draw: random.Random) -> None:
        if kind == "debit":
            method = self.account.attach_method(customer, "us_bank_account", country="US")
        else:
            year, month = (2025, 12) if habit == "expired" else (2030, 6)
            method = self.account.attach_method(
                customer, brand=draw.choice(("visa", "mastercard")), exp_year=year, exp_month=month
            )
        self.bank.habits[method["id"]] = habit

    def _bill(self, customer: Json, amount: int, day: datetime, kind: str, habit: str) -> None:
        def make() -> None:
            fields: Json = {}
            if kind == "invoice":
                fields = {"collection_method": "send_invoice", "days_until_due": 14}
            invoice = self.account.create_invoice(customer, amount, **fields)
            self.account.finalize(invoice)
            self._script(customer, invoice, habit)

        self.account.at(day, make)

    def _script(self, customer: Json, invoice: Json, habit: str) -> None:
        """What the payer, or the card network, does about an invoice in the days after it was made."""
        draw = random.Random(f"{self.seed}-{invoice['id']}")

        def within(low: float, high: float, act: Callable[[], None]) -> None:
            self.account.at(self.account.now() + timedelta(days=draw.uniform(low, high)), act)

        match habit:
            case "lost":
                within(4, 12, lambda: self._new_card(customer))
            case "expired":
                within(3, 8, lambda: self._renew(customer))
            case "asks_payer":
                within(1, 6, lambda: self._pay(invoice, 0))
            case "early":
                within(2, 13, lambda: self._pay(invoice, 0))
            case "late":
                within(15, 34, lambda: self._pay(invoice, 0))
            case "short":
                within(10, 16, lambda: self._pay(invoice, 50))

    def _pay(self, invoice: Json, short_by: int) -> None:
        if invoice["status"] in ("open", "uncollectible") and invoice["amount_remaining"] > short_by:
            self.account.pay_part(invoice, invoice["amount_remaining"] - short_by)

    def _new_card(self, customer: Json) -> None:
        chosen = customer["invoice_settings"]["default_payment_method"]
        if self.bank.habits.get(chosen) == "lost":
            self.bank.habits[self.account.attach_method(customer)["id"]] = "good"

    def _renew(self, customer: Json) -> None:
        method = self.account.get("payment_method", customer["invoice_settings"]["default_payment_method"])
        if method["card"]["exp_year"] < 2030:
            self.account.replace_card(method, exp_year=2030)
