"""A backtest tells the recorded past again: with the settings that held, just what happened."""

import pytest

from sandbox.fake_stripe.bank import APPROVED, declined
from sandbox.stack import LIVE
from tests.build import DAY_0

GIVING_UP = {"action": "mark_uncollectible", "after_days": 20}
NO_FUNDS = declined("insufficient_funds")


def ask(told, operation, **asked):
    return told.sandbox.functions.invoke("Operations", {"operation": operation, **asked})


def retold(told, document):
    """All that failed on day 0, by invoice."""
    asked = {"document": {**LIVE, **document}}
    parts = ask(told, "backtest", day=f"{DAY_0:%Y-%m-%d}", **asked)["parts"]
    pages = [ask(told, "backtest", part=part, **asked) for part in parts]
    assert all(page["after"] is None and page["untold"] == 0 for page in pages)
    return {one["invoice_id"]: one for page in pages for one in page["invoices"]}


def a_past(told):
    """Five invoices that failed an hour apart: recovered by the first retry, by the third, never, paid by the
    payer on the sixth day, and one of a stolen card. Forty days later all are at rest."""
    courses = {
        "second": (NO_FUNDS, APPROVED),
        "fourth": (NO_FUNDS, NO_FUNDS, NO_FUNDS, APPROVED),
        "never": (NO_FUNDS,),
        "payer": (NO_FUNDS,),
        "stolen": (declined("stolen_card"),),
    }
    invoices = {}
    for name, answers in courses.items():
        told.has_customer(name=name, email=f"{name}@customer.example.com")
        told.has_method(*answers)
        invoices[name] = told.bills(4900)
        told.comes_to(len(invoices) / 24)
    told.comes_to(6.2)
    told.sandbox.account.pay_part(invoices["payer"], 4900)
    told.comes_to(40)
    return {name: invoice["id"] for name, invoice in invoices.items()}


@pytest.mark.long
@pytest.mark.parametrize(
    "settings",
    [
        {"retry": {"kind": "even", "retries": 4}, "past_due": GIVING_UP},
        {"retry": {"kind": "custom", "days_after_previous": [2, 3, 4]}},
    ],
    ids=["even", "custom"],
)
def test_the_settings_that_held_would_have_done_what_they_did(story, settings):
    """Retries, mails, what was given up, and what was recovered: to the last one."""
    told = story(settings)
    invoices = a_past(told)
    found = retold(told, settings)
    assert set(found) == set(invoices.values())
    for one in found.values():
        assert one["would"] == one["done"], one
        assert one["estimate"] == pytest.approx(float(one["recovered"])), one
    recovered = {name for name, one in invoices.items() if found[one]["recovered"]}
    assert recovered == {"second", "fourth"}
    assert found[invoices["never"]]["done"]["mark_uncollectible"] == ("past_due" in settings)
    assert found[invoices["stolen"]]["done"]["charge"] == 0
    assert found[invoices["stolen"]]["shared"] is False
    assert found[invoices["second"]]["shared"] is True
    told.ends_well()


@pytest.mark.long
def test_other_settings_are_estimated_from_what_was_learnt_and_what_was_seen(story):
    """Of a smart past: no retries recover nothing; the same settings do about what they did; other days than
    were tried are what the model expects; an automation is named where it applies."""
    told = story({"retry": {"kind": "smart", "holdout_percent": 0}})
    invoices = a_past(told)
    nothing = retold(told, {"retry": {"kind": "off"}})
    assert {one["estimate"] for one in nothing.values()} == {0.0}
    assert {one["would"]["charge"] for one in nothing.values()} == {0}
    again = retold(told, {"retry": {"kind": "smart", "holdout_percent": 0}})
    assert all(again[invoices[name]]["shared"] for name in ("second", "fourth", "never"))
    assert again[invoices["second"]]["estimate"] > again[invoices["never"]]["estimate"]
    elsewhere = retold(told, {"retry": {"kind": "custom", "days_after_previous": [31]}})
    for name in ("second", "fourth", "never", "payer"):
        one = elsewhere[invoices[name]]
        assert one["shared"] is False
        assert 0 < one["estimate"] == one["expected"] < 1
    assert elsewhere[invoices["payer"]]["would"]["charge"] == 0, "it was paid before the day of that retry"
    assert again[invoices["payer"]]["shared"] is True, "its retry was planned when the payer paid"
    chosen = retold(
        told,
        {
            "retry": {"kind": "smart", "holdout_percent": 0},
            "automations": [
                {"name": "all of them", "when": {"currency": ["eur"]}, "settings": {"retry": {"kind": "off"}}}
            ],
        },
    )
    assert {one["automation"] for one in chosen.values()} == {"all of them"}
    assert {one["estimate"] for one in chosen.values()} == {0.0}
    told.ends_well()


def test_a_backtest_says_what_is_wrong_and_what_is_too_young(story):
    """A wrong document as everywhere; what failed of late may still be retried."""
    told = story()
    wrong = ask(told, "backtest", day="2026-03-02", document={"stop": 1})
    assert wrong["problems"][0]["where"] == "stop"
    assert "day: a day like" in ask(told, "backtest", document=LIVE)["error"]
    assert "document: write" in ask(told, "backtest", day="2026-03-02")["error"]
    two_months = {**LIVE, "retry": {"kind": "even", "window_days": 60}}
    assert ask(told, "backtest", day="2026-03-02", document=LIVE)["last_day"] == "2026-02-13"
    assert ask(told, "backtest", day="2026-03-02", document=two_months)["last_day"] == "2025-12-29"
