"""The report: what is printed, written as a page, shown in the console; and what the comparison says."""

import json
from datetime import date

import pytest
from rich.console import Console

from sandbox.owner.report import lift_told, report_of, run_report
from sandbox.owner.report_page import hours, interval, weeks


def part(name, counts):
    return {f"{name}|{what}": number for what, number in counts.items()}


RECOVERED = {"failed": 1, "failed_amount": 4900, "recovered": 1, "recovered_amount": 4900}
OPEN = {"failed": 1, "failed_amount": 2000, "open": 1, "recovered_amount": 500, "open_amount": 1500}
WHOLE = {
    "failed": 2, "failed_amount": 6900, "recovered": 1, "open": 1,
    "recovered_amount": 5400, "open_amount": 1500,
}  # fmt: skip
YEN = {"failed": 1, "failed_amount": 900, "uncollectible": 1, "uncollectible_amount": 900}

TOLD = {
    "since": "2026-03-01",
    "until": "2026-03-31",
    "days": {
        "2026-03-03": {"eur": RECOVERED},
        "2026-03-08": {"jpy": YEN},
        "2026-03-10": {"eur": OPEN},
    },
    "sections": {
        "eur#total": WHOLE,
        "eur#code": {**part("do_not_honor", OPEN), **part("odd|<b>code</b>", RECOVERED)},
        "eur#automation": {**part("", WHOLE)},
        "eur#policy": {**part("smart", WHOLE)},
        "eur#by": {**part("dunwell", {"recovered": 1, "recovered_amount": 4900})},
        "eur#days": {
            "0|recovered": 1,
            "0|recovered_amount": 900,
            "12|recovered": 1,
            "12|recovered_amount": 4000,
        },
        "jpy#total": YEN,
        "retries#number": {"2|tried": 3, "10|tried": 1, "10|paid": 1},
        "retries#hour": {"0.9|tried": 3, "6.23|tried": 1, "6.23|paid": 1},
        "mails#kind": {**part("payment_failed", {"sent": 2, "delivered": 1, "bounced": 1})},
    },
}


def arms(smart_recovered, even_recovered, customers=40, held=5):
    """Sections of two arms, each customer with two invoices of 10.00 and 90.00 in a bucket of their own."""
    sections = {}
    for arm, recovered in (("smart", smart_recovered), ("holdout", even_recovered)):
        found = {}
        for n in range(customers):
            paid = n < recovered * customers
            counts = {"failed": 2, "failed_amount": 10_000}
            counts |= {"recovered": 2, "recovered_amount": 10_000} if paid else {}
            found |= part(f"{n}", counts)
        sections[f"eur#arm.{arm}.{held}"] = found
    return {**TOLD, "sections": {**TOLD["sections"], **sections}}


class Door:
    def __init__(self, told=TOLD):
        self.told, self.asked = told, []

    def ask(self, operation, **asked):
        self.asked.append((operation, asked))
        return self.told


def printed(told=TOLD, **options):
    console = Console(width=160, record=True, file=None, quiet=False)
    with console.capture() as caught:
        assert run_report(Door(told), {}, options.get("page"), console, as_json=False) == 0
    return caught.get()


def test_a_report_is_read_from_the_sums():
    """The currency with more invoices first; codes by what failed, names with bars as they are."""
    report = report_of(TOLD)
    assert [one.total.currency for one in report.currencies] == ["eur", "jpy"]
    euro = report.currencies[0]
    assert [(line.name, line.failed) for line in euro.sections["code"]] == [
        ("odd|<b>code</b>", 1),
        ("do_not_honor", 1),
    ]
    assert [line.name for line in euro.weeks] == ["2026-03-02", "2026-03-09"], "weeks begin on Mondays"
    assert [(day, count, money.amount) for day, count, money in euro.days] == [(0, 1, 900), (12, 1, 4000)]
    assert [one.name for one in report.numbers] == ["2", "10"]
    assert report.hours[6, 23].share == 1
    assert (report.since, report.until) == (date(2026, 3, 1), date(2026, 3, 31))


def test_it_is_printed_in_words():
    """Amounts with their invoices, who paid, retries, mails."""
    text = printed()
    assert "54.00 EUR (1)" in text
    assert "900 JPY (1)" in text
    assert "49.00 EUR (1) recovered by: a retry of Dunwell's" in text
    assert "attempt 10" in text
    assert "payment failed" in text
    assert "no automation" in text
    nothing = {**TOLD, "days": {}, "sections": {}}
    assert "None failed." in printed(nothing)


def test_arms_are_compared_while_the_same_share_was_held_out():
    """Better by 20 points while a few were held out, and while half were: in both as good, whatever else
    changed between."""
    sections = {**arms(0.5, 0.3)["sections"], **arms(0.9, 0.7, 80, held=50)["sections"]}
    (euro, _) = report_of({**TOLD, "sections": sections}).currencies
    assert euro.lift.difference == pytest.approx(0.2)
    assert euro.lift_of_amounts.difference == pytest.approx(0.2)
    assert euro.invoices == (240, 240)


def test_days_are_passed_on_and_json_has_minor_units(capsys):
    """Whoever names no day leaves them to the stack."""
    door = Door(arms(0.8, 0.4))
    assert run_report(door, {"since": "2026-03-01"}, None, Console(), as_json=True) == 0
    assert door.asked == [("report", {"since": "2026-03-01"})]
    told = json.loads(capsys.readouterr().out)
    assert told["currencies"]["eur"]["total"] == WHOLE
    assert told["currencies"]["eur"]["days_to_recovery"] == {"0": [1, 900], "12": [1, 4000]}
    assert told["retries_by_hour"] == {"0.9": [3, 0], "6.23": [1, 1]}
    lift = told["currencies"]["eur"]["lift"]["of_invoices"]
    assert (lift["smart"], lift["difference"]) == ({"invoices": 80, "share": 0.8}, pytest.approx(0.4))
    assert 0 < lift["low"] < 0.4 < lift["high"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (TOLD, "Nothing is compared with even retries: nobody is held out, or retries are not smart."),
        (
            arms(0.8, 0.4),
            "Smart Retries recovered 80.0% of the invoices, even retries 40.0%: +40.0 points (95 %: ",
        ),
        (arms(0.5, 0.45), "+5.0 points (95 %: -17.1 to +27.1), which may be chance."),
        (
            arms(0.8, 0.4, 9),
            "It is too early to tell the difference from chance: that takes 30 failed invoices",
        ),
    ],
)
def test_the_lift_is_told_in_one_sentence(told, said):
    """With its interval; plainly where it is too early, or may be chance."""
    (euro, _) = report_of(told).currencies
    assert said in lift_told(euro)


def test_the_page_shows_all_of_it_and_loads_nothing(tmp_path):
    """Text of others stays text."""
    page = tmp_path / "report.html"
    assert printed(arms(0.8, 0.4), page=page).strip().endswith("report.html")
    html = page.read_text(encoding="utf-8")
    assert html.count('<svg class="plot"') == 6, "weeks, comparison, days; yen: weeks; hours; numbers"
    assert "odd|&lt;b&gt;code&lt;/b&gt;" in html
    assert "<script" not in html
    assert "http" not in html.replace("http-equiv", "")
    assert "week of 2026-03-02: 49.00 EUR recovered" in html
    assert "Sun 23:00: 1 of 1 paid" in html
    empty = tmp_path / "empty.html"
    printed({**TOLD, "days": {}, "sections": {}}, page=empty)
    assert "None failed." in empty.read_text(encoding="utf-8")


def test_bars_stand_on_the_ground_and_reach_no_higher_than_the_plot():
    """The week in which most failed fills it; nothing leaves it to a side."""
    report = report_of(arms(0.8, 0.4))
    bars = weeks(report.currencies[0])
    assert max(bar.height for bar in bars if bar.kind == "recovered") == 160
    assert {round(bar.y + bar.height, 6) for bar in bars if bar.kind == "recovered"} == {160}
    assert all(bar.x >= 0 and bar.x + bar.width <= 960 and bar.y >= 0 for bar in [*bars, *hours(report)])
    places = interval(report.currencies[0])
    assert 480 < places["low"] < places["middle"] < places["high"] < 960
    assert interval(report_of(TOLD).currencies[0]) is None
