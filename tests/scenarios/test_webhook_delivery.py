"""The owner's other systems are told of what becomes of an invoice: once they are well, of all of it."""

from dunwell.adapters.codec import loads
from dunwell.domain.deliveries import Delivery

from sandbox.fake_stripe.bank import APPROVED, declined

BILLING = "https://billing.northwind.example/hooks"
CRM = "https://crm.northwind.example/hooks"
WEBHOOKS = {
    "webhooks": [
        {"name": "billing-app", "url": BILLING},
        {"name": "crm", "url": CRM, "events": ["invoice.paid"]},
    ]
}


def taken(told, url):
    return [event["type"] for address, event in told.sandbox.merchant.taken if address == url]


def waiting(told):
    return {str(row["delivery_id"]) for row in told.sandbox.items("DeliveriesTable")}


def test_each_endpoint_is_told_of_what_it_asked_for(story):
    """As it is on the bus, signed: the merchant's own library verified it."""
    told = story(WEBHOOKS)
    told.fails(declined("insufficient_funds"), APPROVED)
    told.comes_to(3)
    assert taken(told, BILLING) == ["invoice.payment_failed", "invoice.paid"]
    assert taken(told, CRM) == ["invoice.paid"]
    heard = {event["id"]: event for event in told.sandbox.listener.heard}
    assert all(heard[event["id"]] == event for _, event in told.sandbox.merchant.taken)
    assert waiting(told) == set()
    told.ends_well()


def test_an_endpoint_that_is_down_for_two_days_misses_nothing_and_holds_up_no_other(story):
    """What failed waits in a table; when it is back, all of it comes within six hours."""
    told = story(WEBHOOKS)
    told.sandbox.merchant.down.add(BILLING)
    told.fails(declined("insufficient_funds"), APPROVED)
    told.comes_to(2.5)
    assert (taken(told, BILLING), taken(told, CRM)) == ([], ["invoice.paid"])
    assert len(waiting(told) - {"billing-app/"}) == 2
    told.sandbox.merchant.down.clear()
    told.comes_to(2.8)
    assert sorted(taken(told, BILLING)) == ["invoice.paid", "invoice.payment_failed"]
    assert waiting(told) == {"billing-app/"}, "how it does is kept for a while, the deliveries are done"
    told.ends_well()


def test_an_endpoint_that_never_comes_back_is_given_up_after_three_days(story):
    """Its row says why; an alarm watches the count."""
    told = story(
        {"webhooks": [{"name": "billing-app", "url": BILLING, "events": ["invoice.payment_failed"]}]}
    )
    told.sandbox.merchant.down.add(BILLING)
    told.fails(declined("insufficient_funds"), APPROVED)
    told.comes_to(4)
    (row,) = (r for r in told.sandbox.items("DeliveriesTable") if not str(r["delivery_id"]).endswith("/"))
    given_up = loads(str(row["body"]), Delivery)
    assert (given_up.is_given_up, given_up.problem, "due_at" in row) == (True, "it answered 503", False)
    assert '"WebhooksGivenUp":' in told.sandbox.logs.getvalue()
    told.ends_well()
