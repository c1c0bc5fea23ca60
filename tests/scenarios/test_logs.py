"""One correlation id, the invoice's own, from the webhook to the mail and the merchant's endpoint."""

import json
from datetime import timedelta

from sandbox.fake_stripe.bank import declined
from tests.build import DAY_0

STORY = (
    "webhook accepted",
    "decided",
    "event applied",
    "mail handed over",
    "mail sent",
    "attempt made",
    "event published",
    "webhook delivered",
    "mail delivered",
)


def test_an_invoices_whole_story_is_found_by_its_id(story):
    """Every function's part in it; none of it is found under another invoice's id."""
    found = story({"webhooks": [{"name": "billing-app", "url": "https://hooks.northwind.invalid/d"}]})
    found.has_customer()
    found.has_method(declined("insufficient_funds"), declined("insufficient_funds"))
    first, second = found.bills(), found.bills()
    found.sandbox.run_until(DAY_0 + timedelta(days=10))
    lines = [json.loads(line) for line in found.sandbox.logs.getvalue().splitlines() if line.startswith("{")]
    told = [line for line in lines if "message" in line]
    for invoice in (first["id"], second["id"]):
        about = {line["message"] for line in told if line.get("correlation_id") == invoice}
        assert set(STORY) <= about, set(STORY) - about
    nameless = {line["message"] for line in told if "correlation_id" not in line}
    assert not nameless & set(STORY[1:])


def test_a_note_about_a_card_is_logged_without_the_card(story):
    """Its key names the card's fingerprint: nothing for a log."""
    told = story()
    told.has_customer()
    told.has_method(declined("insufficient_funds"), fingerprint="fp_canary", exp_month=3, exp_year=2026)
    told.bills()
    told.comes_to(3)
    assert any("card_expiring" in kind for _, kind in told.mails())
    assert "fp_canary" not in told.sandbox.logs.getvalue()
