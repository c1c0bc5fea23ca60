"""A preview equals what then happens, entry by entry, as long as nobody else does anything."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.fake_stripe.bank import declined
from sandbox.stack import LIVE

NO_FUNDS = declined("insufficient_funds")
GIVING_UP = {"action": "mark_uncollectible", "after_days": 20}


def ask(told, operation, **asked):
    return told.sandbox.functions.invoke("Operations", {"operation": operation, **asked})


def minute(told):
    at = datetime.fromisoformat(told) if isinstance(told, str) else datetime.fromtimestamp(told, UTC)
    return f"{at:%m-%d %H:%M}"


def previewed(told, document=None, days=30):
    """What the operation says of all customers on the agenda: (minute, what, invoice)."""
    parts = ask(told, "preview.customers")["parts"]
    ids = {one for part in parts for one in ask(told, "preview.customers", part=part)["customers"]}
    asked = {"document": document} if document is not None else {}
    found = ask(told, "preview", customers=sorted(ids), days=days, **asked)["customers"]
    name = "new" if document is not None else "now"
    return sorted(
        (minute(one["at"]), one["deed"] if one["deed"] != "mail" else one["what"], one["invoice_id"])
        for customer in found.values()
        for one in customer[name]
    )


def happened(told, since):
    """What the fake Stripe and SES saw since: charges, final actions, mails."""
    account, deeds = told.sandbox.account, []
    for charge in account.objects["charge"].values():
        if charge["created"] >= since.timestamp():
            payments = account.objects["invoice_payment"].values()
            payment = next(p for p in payments if p["payment"]["payment_intent"] == charge["payment_intent"])
            deeds.append((minute(charge["created"]), "charge", payment["invoice"]))
    for invoice in account.objects["invoice"].values():
        given_up = invoice["status_transitions"]["marked_uncollectible_at"]
        if given_up is not None:
            deeds.append((minute(given_up), "mark_uncollectible", invoice["id"]))
    notes = account.objects["credit_note"].values()
    deeds += [(minute(note["created"]), "credit", note["invoice"]) for note in notes]
    sent = [r for r in told.records() if r["state"] == "sent" and datetime.fromisoformat(r["at"]) >= since]
    deeds += [
        (minute(record["at"]), one["key"].split(":", 1)[1], one["invoice_id"])
        for record in sent
        for one in (record, *record.get("tells", ()))
    ]
    return sorted(deeds)


def a_book(told):
    """Three customers: failed cards, invoices that were sent (one short of a cent), one in another zone."""
    told.fails(NO_FUNDS)
    for amount in (1000, 2000):
        told.sends(amount, due_in_days=5)
    told.has_customer(email="bob@customer.example.com", metadata={"time_zone": "Asia/Tokyo"})
    told.has_method(declined("do_not_honor"))
    told.bills(9900)
    short = told.sends(5000, due_in_days=3)
    told.comes_to(0.5)
    told.sandbox.account.pay_part(short, 4999)
    told.has_customer(email="eve@customer.example.com")
    told.has_method(declined("stolen_card"))
    told.bills(700)
    told.comes_to(1.2)


@pytest.mark.long
@pytest.mark.parametrize(
    ("settings", "days"),
    [
        ({"retry": {"kind": "even"}, "past_due": GIVING_UP, "time_zone": "Europe/Berlin"}, 30),
        ({"retry": {"kind": "custom", "days_after_previous": [1, 3, 5]}, "tolerance": {"eur": 5}}, 9),
        ({"retry": {"kind": "smart", "holdout_percent": 0}}, 9),
    ],
    ids=["even", "custom", "smart"],
)
def test_what_is_previewed_happens(story, settings, days):
    """Under the settings that hold, once across the change to summer time."""
    told = story(settings, parameters={"OwnerTimeZone": settings.get("time_zone", "UTC")})
    a_book(told)
    begins = told.sandbox.driver.now()
    expected = previewed(told, days=days)
    told.sandbox.run_until(begins + timedelta(days=days))
    assert expected
    assert happened(told, begins) == expected
    told.ends_well()


@pytest.mark.long
def test_other_settings_are_previewed_and_then_happen(story):
    """Applied right after: fewer retries, other reminders, given up earlier."""
    told = story({"retry": {"kind": "even"}})
    a_book(told)
    document = {
        **LIVE,
        "retry": {"kind": "custom", "days_after_previous": [2, 4]},
        "messages": {"reminder_offsets_days": [1, 2]},
        "past_due": {"action": "mark_uncollectible", "after_days": 9},
        "automations": [
            {"name": "small", "when": {"amount_below": {"eur": 1000}}, "settings": {"retry": {"kind": "off"}}}
        ],
    }
    begins = told.sandbox.driver.now()
    expected = previewed(told, document)
    assert expected != previewed(told)
    made = ask(told, "settings.apply", document=document, by="ada", why="", on_version=1)
    assert made["settings"]["version"] == 2
    told.sandbox.run_until(begins + timedelta(days=30))
    assert happened(told, begins) == expected
    told.ends_well()


def test_a_preview_sends_and_writes_nothing(story):
    """Every table stays as it is; a wrong document is answered with what would be right."""
    told = story()
    a_book(told)
    tables = ("InvoicesTable", "CustomersTable", "SettingsTable", "PaymentsTable", "PagesTable")
    before = {name: told.sandbox.items(name) for name in tables}
    previewed(told, {**LIVE, "retry": {"kind": "off"}})
    assert {name: told.sandbox.items(name) for name in tables} == before
    wrong = ask(told, "preview", customers=[told.customer["id"]], days=30, document={"stop": 1})
    assert wrong["problems"][0]["where"] == "stop"
    assert "days: a whole number from 1 to 92" in ask(told, "preview", customers=[], days=99)["error"]
    assert "customers: a list of at most 25" in ask(told, "preview", customers="cus_1", days=9)["error"]
    told.ends_well()
