"""What others are told of invoices, on a bus of its own: each change once, numbered in order."""

from collections import defaultdict

from sandbox.fake_stripe.bank import APPROVED, declined

NO_FUNDS = declined("insufficient_funds")
BY_RULE = {"retry": {"kind": "custom", "days_after_previous": [2, 3]}}


def heard(told):
    """All that was put on the bus, by invoice and in the order of the numbers: (number, type, data)."""
    found = defaultdict(list)
    for entry in told.sandbox.listener.heard:
        found[entry["data"]["invoice_id"]].append((entry["number"], entry["type"], entry["data"]))
    return {invoice: sorted(events, key=lambda one: one[0]) for invoice, events in found.items()}


def types(told, invoice):
    return [kind.removeprefix("invoice.") for _, kind, _ in heard(told).get(invoice["id"], [])]


def test_a_failed_payment_and_its_recovery_are_told(story):
    """With the attempt's number and the next one's time; then that it was paid, by a retry."""
    told = story(BY_RULE)
    invoice = told.fails(NO_FUNDS, NO_FUNDS, APPROVED)
    told.comes_to(6)
    found = heard(told)[invoice["id"]]
    assert [number for number, _, _ in found] == [1, 2, 3]
    assert types(told, invoice) == ["payment_failed", "payment_failed", "paid"]
    first, second, paid = (data for _, _, data in found)
    assert (first["attempt_count"], first["decline_code"]) == (1, "insufficient_funds")
    assert first["next_payment_attempt"] == "2026-03-04T10:00:00+00:00"
    assert (second["attempt_count"], second["next_payment_attempt"]) == (2, "2026-03-07T10:00:00+00:00")
    assert paid["recovered_by_retry"] is True
    assert (paid["next_payment_attempt"], paid["amount_remaining"]) == (None, 0)
    told.ends_well()


def test_an_invoice_that_is_sent_is_told_from_before_its_due_date_on(story):
    """That it will be due, each reminder that was sent, that it is overdue, that it was given up: in their
    order, and each by its own day."""
    told = story(
        {
            "messages": {"reminder_offsets_days": [-1, 2]},
            "past_due": {"action": "mark_uncollectible", "after_days": 5},
        }
    )
    told.has_customer()
    invoice = told.sends(due_in_days=7)
    told.comes_to(16)
    assert types(told, invoice) == [
        "will_be_due",
        "reminder_sent",
        "overdue",
        "reminder_sent",
        "marked_uncollectible",
    ]
    days = [entry["timestamp"][:10] for entry in told.sandbox.listener.heard]
    assert days == ["2026-03-06", "2026-03-08", "2026-03-10", "2026-03-11", "2026-03-14"]
    told.ends_well()


def test_what_the_payer_says_and_a_mail_that_came_back_are_told(story):
    """A promise, that it was broken, a dispute; whose words stay between them and the merchant."""
    told = story(BY_RULE)
    told.sandbox.post_office.fate = lambda _: ("Bounce",)
    invoice = told.fails(NO_FUNDS)
    path = told.link()
    told.visits(path + "/promise", day="2026-03-04")
    told.comes_to(4)
    told.visits(path + "/dispute", complaint="wrong", note="my secret")
    told.comes_to(4.1)
    assert types(told, invoice) == [
        "payment_failed",
        "message_bounced",
        "promise_made",
        "promise_broken",
        "payment_failed",
        "disputed",
    ]
    assert "my secret" not in str(told.sandbox.listener.heard)
    told.ends_well()


def test_a_bus_that_takes_nothing_loses_nothing(story):
    """The stream waits for hours, and then tells all in order."""
    told = story(BY_RULE)
    down, go_on = [True], told.sandbox.listener.hear

    def refusing(call, go):
        if call.service == "events" and down[0]:
            raise ConnectionError("the bus is down")
        return go_on(call, go)

    told.sandbox.calls.guards[-1] = refusing
    invoice = told.fails(NO_FUNDS, APPROVED)
    told.comes_to(2.2)
    assert told.sandbox.listener.heard == []
    down[0] = False
    told.comes_to(2.3)
    assert types(told, invoice) == ["payment_failed", "paid"]
    told.ends_well()
