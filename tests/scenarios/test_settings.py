"""The owner's settings on the deployed functions: applied, taken back, and the whole book decided again."""

import pytest

from sandbox.fake_stripe.bank import declined
from sandbox.stack import LIVE

NO_FUNDS = declined("insufficient_funds")


def ask(told, operation, **asked):
    return told.sandbox.functions.invoke("Operations", {"operation": operation, **asked})


def apply(told, on_version, **settings):
    document = {**LIVE, **settings}
    return ask(told, "settings.apply", document=document, by="ada", why="a test", on_version=on_version)


def test_new_settings_plan_the_whole_book_again_at_once(story):
    """Nothing waits for its old time: a retry of day 9 is made on day 1. Each decision names its version."""
    told = story({"retry": {"kind": "custom", "days_after_previous": [9]}})
    first = told.fails(NO_FUNDS)
    others = [told.bills(1000 + number) for number in range(4)]
    told.comes_to(0.6)
    assert told.next_payment_attempt(first) == 9.0
    made = apply(told, 1, retry={"kind": "custom", "days_after_previous": [1]})
    assert made["settings"]["version"] == 2
    told.comes_to(0.61)
    for invoice in (first, *others):
        assert told.next_payment_attempt(invoice) == pytest.approx(1, abs=0.4)
    story_of = ask(told, "invoice.show", invoice_id=first["id"])["invoice"]
    assert [entry["settings_version"] for entry in story_of["ledger"]][-2:] == [1, 2]
    told.comes_to(2)
    assert (1.0, "failed") in told.charges()
    told.ends_well()


def test_mails_that_wait_are_decided_again_too(story):
    """A mail that was to leave at nine tomorrow leaves this evening, once mails may."""
    told = story({"messages": {"send_from_hour": 9, "send_until_hour": 11}})
    told.has_customer()
    told.comes_to(0.2)  # after eleven
    told.sends()
    told.comes_to(0.3)
    assert told.mails() == []
    apply(told, 1, messages={"send_from_hour": 9, "send_until_hour": 24})
    told.comes_to(0.31)
    assert [kind for _, kind in told.mails()] == ["invoice_finalized"]
    told.ends_well()


def test_a_version_is_taken_back(story):
    """By one more version, from the next decision on."""
    told = story({"retry": {"kind": "custom", "days_after_previous": [9]}})
    invoice = told.fails(NO_FUNDS)
    apply(told, 1, retry={"kind": "off"})
    told.comes_to(0.4)
    assert told.next_payment_attempt(invoice) is None
    back = ask(told, "settings.roll_back", version=1, by="ada", why="", on_version=2)
    assert (back["settings"]["version"], back["settings"]["why"]) == (3, "back to version 1")
    told.comes_to(0.5)
    assert told.next_payment_attempt(invoice) == 9.0
    assert [one["version"] for one in ask(told, "settings.history")["versions"]] == [3, 2, 1]
    told.ends_well()


def test_what_is_wrong_is_answered_and_changes_nothing(story):
    """Never an error of the function."""
    told = story()
    assert "there are settings.show, settings.history" in ask(told, "settings.erase")["error"]
    assert "on_version: a whole number" in ask(told, "settings.apply", document={}, by="ada")["error"]
    assert "document: write the settings" in ask(told, "settings.apply", by="ada", on_version=1)["error"]
    wrong = ask(told, "settings.apply", document={"stop": {"mails": True}}, by="ada", on_version=1)
    assert wrong["problems"][0]["where"] == "stop.mails"
    assert "nothing is known of in_9" in ask(told, "invoice.show", invoice_id="in_9")["error"]
    assert ask(told, "settings.show")["settings"]["version"] == 1
    told.ends_well()


def test_a_customer_is_told_with_their_mails_and_open_invoices(story):
    """What is stored of them, for whoever may ask."""
    told = story()
    invoice = told.fails(NO_FUNDS)
    found = ask(told, "customer.show", customer_id=told.customer["id"])["customer"]
    assert found["open_invoices"] == [invoice["id"]]
    assert [one["kind"] for one in found["customer"]["records"]] == ["payment_failed"]
    told.ends_well()
