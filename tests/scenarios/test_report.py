"""The report's sums, kept up as things happened, against a recount from the processor's and the mail
service's own ledgers, to the minor unit."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox.demo import SETTINGS, START, reported
from sandbox.owner.report import report_of
from sandbox.stack import Options, open_sandbox
from sandbox.world import Company, Habits

DAYS = 45


@pytest.fixture(scope="module")
def told():
    """A small company's month and a half: cards that fail, recover, are replaced, are given up."""
    bank = Habits(5)
    with open_sandbox(START, Options(settings=SETTINGS, bank=bank, seed=5)) as sandbox:
        Company(sandbox.account, bank, 5).open(18, START, START + timedelta(days=DAYS))
        sandbox.run_until(START + timedelta(days=DAYS))
        yield sandbox, report_of(reported(sandbox, START.date()))


def recounted(sandbox):
    """What failed, from the fake Stripe's ledger alone: by result, amounts in minor units; and by code."""
    whole, codes = Counter(), Counter()
    for invoice in sandbox.account.objects["invoice"].values():
        charges = sorted(
            (
                charge
                for payment in sandbox.account.payments_of(invoice["id"])
                for charge in sandbox.account.charges_of(payment["payment"]["payment_intent"])
            ),
            key=lambda charge: (charge["created"], charge["id"]),
        )
        failed = next((charge for charge in charges if charge["status"] == "failed"), None)
        if failed is None:
            continue
        amount = failed["amount"]
        paid = max(0, min(amount, invoice["amount_paid"] - (invoice["amount_due"] - amount)))
        left = amount - paid
        result = {"paid": "recovered", "open": "open", "uncollectible": "uncollectible"}[invoice["status"]]
        whole.update({"failed": 1, "failed_amount": amount, result: 1, "recovered_amount": paid})
        if result != "recovered":
            whole[f"{result}_amount"] += left
        codes[failed["failure_code"] if failed["outcome"] is None else failed["outcome"]["reason"]] += amount
    return whole, codes


def test_the_report_is_what_stripes_ledger_says(told):
    """Every amount and every count; and each section adds up to the whole."""
    sandbox, report = told
    whole, codes = recounted(sandbox)
    (euro,) = report.currencies
    assert dict(euro.total.counts) == {name: n for name, n in whole.items() if n}
    assert whole["recovered"] >= 2
    assert whole["open"] + whole["uncollectible"] > 0
    for lines in (*euro.sections.values(), euro.weeks):
        added = Counter()
        for line in lines:
            added.update(line.counts)
        assert dict(added) == dict(euro.total.counts)
    assert len(euro.sections["code"]) == len(codes) > 2
    assert sorted(line.amount("failed").amount for line in euro.sections["code"]) == sorted(codes.values())
    recovered = euro.total.amount("recovered").amount
    by_whom = sum(money.amount for _, _, money in euro.by_whom)
    assert by_whom == sum(money.amount for _, _, money in euro.days) <= recovered


def test_retries_are_counted_by_number_and_hour(told):
    """As many in both; and as many as we asked Stripe for."""
    sandbox, report = told
    made = [
        event["data"]["object"]
        for event in sandbox.account.objects["event"].values()
        if event["type"] in ("charge.succeeded", "charge.failed")
        and (event["request"]["idempotency_key"] or "").startswith("dunwell-")
    ]
    for found in (report.numbers, report.hours.values()):
        assert sum(one.tried for one in found) == len(made) > 5
        assert sum(one.paid for one in found) == sum(charge["paid"] for charge in made)
    assert {one.name for one in report.numbers} >= {"2"}, "the first attempt is Stripe's"


def test_mails_are_counted_as_the_mail_service_took_them(told):
    """All of them were delivered here."""
    sandbox, report = told
    sent = sum(counts.get("sent", 0) for counts in report.mails.values())
    assert sent == sum(counts.get("delivered", 0) for counts in report.mails.values())
    records = [row for row in sandbox.items("CustomersTable") if row.get("state") == "sent"]
    assert sent == len(records) == len(sandbox.mails())


def test_days_are_the_owners(told):
    """Where nothing failed there is nothing; a report of some days tells of those."""
    sandbox, report = told
    zone = ZoneInfo(SETTINGS["time_zone"])
    failed = {
        datetime.fromtimestamp(charge["created"], zone).date()
        for charge in sandbox.account.objects["charge"].values()
        if charge["status"] == "failed"
    }
    asked = {"operation": "report", "since": f"{min(failed)}", "until": f"{min(failed)}"}
    day = report_of(sandbox.functions.invoke("Operations", asked))
    assert 0 < day.currencies[0].total.failed < report.currencies[0].total.failed
    before = {
        **asked,
        "since": f"{min(failed) - timedelta(days=9)}",
        "until": f"{min(failed) - timedelta(days=1)}",
    }
    assert report_of(sandbox.functions.invoke("Operations", before)).currencies == ()


def test_nobody_is_told_more_than_two_years(told):
    """And not backwards."""
    sandbox, _ = told
    for since, until in (("2020-01-01", "2026-01-01"), ("2026-02-01", "2026-01-01")):
        asked = {"operation": "report", "since": since, "until": until}
        assert "at most 731 apart" in sandbox.functions.invoke("Operations", asked)["error"]
