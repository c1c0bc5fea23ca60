"""`dunwell backtest`: what is told of the past, with its interval and its limits."""

import json
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from dunwell.domain.smart_retries.off_policy import mean_of
from rich.console import Console

from sandbox.cli import main
from sandbox.owner.backtest import Past, amounts, estimated, gained, limits, rows, run_backtest, verdict
from tests.build import day


def told(*, recovered, estimate, amount=4900, currency="eur", automation=None, shared=True, customer="cus_1"):
    return {
        "invoice_id": "in_1",
        "customer_id": customer,
        "amount": {"amount": amount, "currency": currency},
        "automation": automation,
        "recovered": recovered,
        "estimate": estimate,
        "expected": 0.5,
        "shared": shared,
        "done": {"charge": 3, "mail": 2, "mark_uncollectible": 1},
        "would": {"charge": 1, "mail": 1, "mark_uncollectible": 0},
    }


def some(count, better, shared=True):
    """Invoices of as many customers, half of them recovered, and `better` more would have been."""
    return [
        told(
            recovered=n % 2 == 0, estimate=(n % 2 == 0) + better * (n % 3), customer=f"cus_{n}", shared=shared
        )
        for n in range(count)
    ]


def past(invoices, untold=0):
    return Past(invoices, untold, day(0).date(), day(9).date())


def test_shares_and_amounts_are_told_by_currency():
    """In minor units; of few customers there is no interval."""
    found = [
        told(recovered=True, estimate=1.0),
        told(recovered=False, estimate=0.5),
        told(recovered=True, estimate=0.2, amount=500, currency="jpy"),
    ]
    assert estimated(found).value == pytest.approx(1.7 / 3)
    assert gained(found).value == pytest.approx((0 + 0.5 - 0.8) / 3)
    euros, yen = amounts(found)["eur"], amounts(found)["jpy"]
    assert str(euros[0].major) == "49.00"
    assert euros[1].value == pytest.approx(4900 + 2450)
    assert (yen[0].amount, yen[1].value, yen[1].error) == (500, 100, float("inf"))
    table = {name: (was, would) for name, was, would in rows(found)}
    assert table["recovered by retries"] == ("66.7%", "56.7%")
    assert table["in EUR"] == ("49.00", "73.50")
    assert table["in JPY"] == ("500", "100")
    assert table["retries"] == ("9", "3")
    assert table["mails"] == ("6", "3")
    assert table["given up"] == ("3", "0")


def test_intervals_are_those_of_customers_not_of_their_invoices():
    """A customer's twelve invoices that are alike tell no more than one."""
    once = some(40, 0.1)
    twelve_times = [one for one in once for _ in range(12)]
    single, many = estimated(once), estimated(twelve_times)
    assert many.value == pytest.approx(single.value)
    assert many.error == pytest.approx(single.error)
    plain = mean_of([one["estimate"] for one in once])
    assert single.error == pytest.approx(plain.error)
    assert "(" in next(rows(once))[2]
    over = [told(recovered=True, estimate=1.3, customer=f"cus_{n}") for n in range(40)]
    assert next(rows(over))[2].startswith("100.0% (")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (some(29, 0.1), "too few customers to tell (fewer than 30)"),
        (some(90, 0.1), ": more"),
        (some(90, -0.1), ": fewer"),
        (
            [told(recovered=n % 2 == 0, estimate=n % 3 / 2, customer=f"cus_{n}") for n in range(90)],
            "too close to tell",
        ),
        (
            some(90, 0.4, shared=False),
            "mostly what was learnt and hardly what was seen: no difference can be claimed",
        ),
    ],
)
def test_a_difference_is_called_one_when_it_is(found, said):
    """With its interval, unless there are too few, or hardly anything was seen."""
    assert verdict(past(found)).endswith(said)
    assert ("95 %" in verdict(past(found))) == (said.split()[-1] in ("more", "fewer", "tell"))


def test_limits_are_said_with_the_figures():
    """How much rests on what was seen, and what is left out."""
    found = [told(recovered=True, estimate=1.0), told(recovered=True, estimate=1.0, shared=False)]
    said = list(limits(past(found, 4), Path("off.yaml")))
    assert said[0].startswith("an estimate, no promise: for 50% of the invoices the retry")
    assert said[-1].startswith("of 4 more too little is known")
    assert any("customers also pay by themselves" in one for one in said)
    assert len(list(limits(past(found), Path("off.yaml")))) == len(said) - 1


class Door:
    """Two days, of which the second has two parts; the first part of it goes on on another page."""

    who = "ada"

    def __init__(self, *found):
        self.found = found

    def ask(self, operation, *, document, day=None, part=None, after=None):
        assert (operation, document) == ("backtest", {"retry": {"kind": "off"}})
        if part is None:
            return {"parts": [f"{day}/1", f"{day}/2"][: 1 + (day == "2026-03-03")], "last_day": "2026-03-03"}
        page = {"invoices": [], "untold": 0, "after": None}
        if part == "2026-03-03/1":
            page |= {"invoices": self.found[:1]} if after else {"invoices": self.found[1:], "after": "2"}
        return page | {"untold": 1} if part == "2026-03-03/2" else page


@contextmanager
def printed(tmp_path):
    """A console, what is printed on it, and a file of settings."""
    path = tmp_path / "off.yaml"
    path.write_text("retry: {kind: 'off'}\n", encoding="utf-8")
    console = Console(
        width=100, record=True, quiet=False, file=(tmp_path / "out").open("w", encoding="utf-8")
    )
    yield console, path
    console.file.close()


def test_every_page_of_every_part_of_every_day_is_told(tmp_path):
    """With a table for automations where one applies."""
    door = Door(told(recovered=True, estimate=0.0, automation="small"), told(recovered=False, estimate=0.0))
    with printed(tmp_path) as (console, path):
        assert run_backtest(door, path, date(2026, 3, 2), console, as_json=False) == 0
        said = " ".join(console.export_text().split())
    assert "2 invoices whose payment failed from 2026-03-02 to 2026-03-03" in said
    assert "with off.yaml" in said
    assert "-50.0% of the invoices: too few customers to tell (fewer than 30)" in said
    assert "By automation" in said
    assert "small" in said
    assert "of 1 more too little is known" in said


def test_a_past_without_failures_is_told_as_that(tmp_path):
    """And no table for automations where none applies."""
    with printed(tmp_path) as (console, path):
        assert run_backtest(Door(), path, date(2026, 3, 2), console, as_json=False) == 0
        assert "no payment failed from 2026-03-02 to 2026-03-03" in console.export_text()
        run_backtest(Door(told(recovered=True, estimate=0.0)), path, date(2026, 3, 2), console, as_json=False)
        assert "By automation" not in console.export_text()


def test_a_day_that_is_too_young_is_refused(tmp_path):
    """With the last day that can be told of."""
    with printed(tmp_path) as (console, path), pytest.raises(ValueError, match="up to then with --since"):
        run_backtest(Door(), path, date(2026, 3, 4), console, as_json=False)


def test_the_command_asks_the_sandbox(run, tmp_path):
    """As JSON, each invoice with it; a file that is wrong says so, a day that is none, too."""
    path = tmp_path / "even.yaml"
    path.write_text("retry: {kind: even, retries: 2, window_days: 4}\n", encoding="utf-8")
    code, said = run("backtest", str(path), "--since", "2026-01-01", "--json")
    found = json.loads(said)
    assert code == 0
    assert (found["since"], found["invoices"], found["recovered"]) == ("2026-01-01", [], 0)
    assert found["estimated"] == {"value": 0.0, "low": None, "high": None}
    code, said = run("backtest", str(path), "--since", "2001-01-01")
    assert (code, "attempts are kept for 800 days; name a day from" in said) == (1, True)
    path.write_text("retry: {kind: odd}\n", encoding="utf-8")
    code, said = run("backtest", str(path), "--since", "2026-01-01")
    assert code == 1
    assert "line 1" in said


def test_a_day_that_is_none_is_refused(capsys):
    """With what a day looks like."""
    with pytest.raises(SystemExit):
        main(["backtest", "file.yaml", "--since", "yesterday", "--sandbox"])
    assert "'yesterday' is no day like 2026-04-01" in capsys.readouterr().err
