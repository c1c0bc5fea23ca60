"""Automations on the deployed functions: what is said of an invoice and its customer chooses the settings."""

import pytest

from sandbox.fake_stripe.bank import declined

NO_FUNDS = declined("insufficient_funds")
IN_NINE_DAYS = {"retry": {"kind": "custom", "days_after_previous": [9]}}
GERMAN = {
    "address": {"country": "DE", "state": None},
    "preferred_locales": ["de"],
    "metadata": {"tier": "gold"},
}


def automation(name, **when):
    return {"name": name, "when": when, "settings": IN_NINE_DAYS}


def begun(story, when, customer=None, **invoice):
    """A failed invoice under the even schedule; its next attempt is on day 9 where the automation matches."""
    told = story({"retry": {"kind": "even"}, "automations": [automation("mine", **when)]})
    told.has_customer(**(customer or GERMAN))
    told.has_method(NO_FUNDS)
    facts = told.bills(**invoice)
    told.comes_to(0.3)
    return told, facts


@pytest.mark.parametrize(
    ("when", "invoice"),
    [
        ({"amount_at_least": {"eur": 4900}, "currency": ["eur"]}, {}),
        ({"amount_below": {"eur": 5000}}, {}),
        ({"billing_reason": ["manual"], "collection_method": ["charge_automatically"]}, {}),
        ({"invoice_metadata": {"team": ["north"]}}, {"metadata": {"team": "north"}}),
        ({"country": ["DE"], "language": ["de"]}, {}),
        ({"customer_metadata": {"tier": ["gold"]}}, {}),
        ({"customer_days_below": 30}, {}),
        ({"decline_code": ["insufficient_funds"]}, {}),
    ],
    ids=lambda told: "-".join(told) if told else "",
)
def test_an_automation_applies_where_its_conditions_hold(story, when, invoice):
    """And every decision says so."""
    told, facts = begun(story, when, **invoice)
    assert told.next_payment_attempt(facts) == 9.0
    assert told.reasons(facts)[-1] == "automation"
    told.ends_well()


@pytest.mark.parametrize(
    "when",
    [
        {"amount_at_least": {"eur": 4901}},
        {"country": ["AT"]},
        {"decline_code": ["expired_card"]},
        {"customer_days_at_least": 1},
        {"payments_failed_at_least": 1},
    ],
    ids="-".join,
)
def test_an_automation_leaves_the_others_alone(story, when):
    """The owner's own schedule: the first of eight retries in two weeks is made within two days."""
    told, facts = begun(story, when)
    assert told.next_payment_attempt(facts) < 3
    assert "automation" not in told.all_reasons(facts)
    told.ends_well()


def test_past_behaviour_is_that_on_other_invoices(story):
    """The second invoice of a customer whose first one failed."""
    told, first = begun(story, {"payments_failed_at_least": 1})
    assert told.next_payment_attempt(first) < 3
    second = told.bills(1900)
    told.comes_to(0.6)
    assert told.next_payment_attempt(second) == pytest.approx(9.3, abs=0.1)
    told.ends_well()


def test_a_mail_follows_the_automation_too(story):
    """Its own words and its own answer address, for one customer alone."""
    words = {"payment_failed.will_retry.subject": "Dear gold customer, {number}"}
    settings = {"messages": {"texts": {"en": words}}, "branding": {"reply_to": "gold@northwind.example"}}
    told = story(
        {
            "automations": [
                {"name": "gold", "when": {"customer_metadata": {"tier": ["gold"]}}, "settings": settings}
            ]
        }
    )
    told.fails(metadata={"tier": "gold"})
    mail = told.sandbox.mails()[-1]
    assert str(mail["Subject"]).startswith("Dear gold customer")
    assert mail["Reply-To"] == "gold@northwind.example"
    told.ends_well()
