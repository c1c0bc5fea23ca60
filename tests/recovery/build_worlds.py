"""Small worlds and policies by hand, whose every answer can be foretold."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CARD = {"brand": "visa", "funding": "debit", "country": "US", "exp_month": 1, "exp_year": 2030,
        "fingerprint": "fp_1", "issuer": "iss_1"}  # fmt: skip
DECLINED = {
    "decline_code": "insufficient_funds",
    "advice_code": None,
    "network_decline_code": "51",
    "network_advice_code": None,
}


def event(at, kind="invoice.payment_failed", invoice="in_1", **more):
    failed = {"failure": DECLINED} if kind == "invoice.payment_failed" else {}
    named = {"invoice": invoice, "amount": 1000, "currency": "usd"} if kind.startswith("invoice.") else {}
    whose = {"customer": "cus_1", "payment_method": "pm_1", "card": dict(CARD), "time_zone": "Europe/Berlin"}
    return {"type": kind, "at": at, **whose, **named, "device_count_24h": 1, **failed, **more}


@dataclass
class ListedWorld:
    """Hears what is listed; every retry before `passes_from` is declined."""

    listed: list
    passes_from: datetime = NOON + 100 * DAY
    name: str = "listed"
    window: timedelta = 14 * DAY
    attempts_max: int = 8
    scored_from: datetime = NOON
    attempts: list = field(default_factory=list)

    def events(self) -> Iterator:
        return iter(self.listed)

    def attempt(self, invoice, at):
        self.attempts.append((invoice, at))
        passed = at >= self.passes_from
        return {"succeeded": passed, "failure": None if passed else dict(DECLINED)}

    def ledger(self):
        return {"attempts": len(self.attempts)}


@dataclass
class Listening:
    """Plans what `planned` lists, in turn, and writes down all it hears."""

    planned: list
    heard: list = field(default_factory=list)
    replans: tuple = ()

    def observe(self, event):
        self.heard.append((event["at"], event["type"]))

    def plan(self, invoice, now):
        self.heard.append((now, "plan"))
        return self.planned.pop(0) if self.planned else None

    def observe_attempt(self, invoice, at, result):
        self.heard.append((at, "attempt"))

    def affected(self, event):
        return self.replans if event["type"] == "payment_method.automatically_updated" else ()
