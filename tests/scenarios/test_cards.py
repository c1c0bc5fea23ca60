"""Invoices that are charged automatically: retried, recovered, re-opened by a new card, given up."""

import pytest

from sandbox.fake_stripe.bank import APPROVED, declined
from sandbox.fake_stripe.errors import StripeAPIError

NO_FUNDS = declined("insufficient_funds")


def test_a_card_recovers_at_the_third_retry(story):
    """Days 0 to 90: fails on day 0, 2 and 4, pays on day 5; one mail for each failure, none after."""
    told = story()
    told.has_customer()
    told.has_method(NO_FUNDS, NO_FUNDS, NO_FUNDS, APPROVED)
    invoice = told.bills()

    told.comes_to(1)
    assert told.charges() == [(0.0, "failed")]
    assert told.next_payment_attempt(invoice) == 2.0
    assert told.row(invoice)["attempt_count"] == 1

    told.comes_to(4.9)
    assert told.charges() == [(0.0, "failed"), (2.0, "failed"), (4.0, "failed")]
    assert told.next_payment_attempt(invoice) == 5.0
    assert told.row(invoice)["attempt_count"] == 3

    told.comes_to(90)
    assert told.charges()[3:] == [(5.0, "succeeded")]
    assert invoice["status"] == "paid"
    assert told.row(invoice)["attempt_count"] == 4
    assert told.next_payment_attempt(invoice) is None
    assert "due_at" not in told.row(invoice)
    assert [day for day, _ in told.mails()] == [0.0, 2.0, 4.0, 5.0]
    assert told.mails()[-1] == (5.0, "payment_received")
    told.ends_well()


def test_a_hard_decline_then_a_new_card(story):
    """Days 0 to 30: a stolen card is never tried again; the new one is charged on the day it comes."""
    told = story()
    told.has_customer()
    told.has_method(declined("stolen_card", network_decline_code="43"))
    invoice = told.bills()

    told.comes_to(10)
    assert told.charges() == [(0.0, "failed")]
    assert told.reasons(invoice)[0] == "hard_decline"
    assert told.next_payment_attempt(invoice) is None

    told.has_method(APPROVED)
    told.comes_to(30)
    assert told.charges() == [(0.0, "failed"), (10.0, "succeeded")]
    assert invoice["status"] == "paid"
    told.ends_well()


def test_a_mail_about_a_stolen_card_never_says_so(story):
    """Not to tell a thief; the customer is asked for another card."""
    told = story()
    told.has_customer()
    told.has_method(declined("stolen_card"))
    told.bills()
    told.comes_to(1)
    (mail,) = told.sandbox.mails()
    text = mail.get_body(("plain",)).get_content() + mail.get_body(("html",)).get_content()
    assert "another card" in text
    assert told.link() in text
    assert not any(word in text.lower() for word in ("stolen", "lost", "fraud"))


def test_a_card_that_the_network_replaces_is_taken_up(story):
    """The account updater brings a new expiry: what was stopped goes on by itself."""
    told = story()
    told.has_customer()
    method = told.has_method(declined("expired_card"), APPROVED, exp_year=2025)
    invoice = told.bills()
    told.comes_to(6)
    assert told.charges() == [(0.0, "failed")]
    told.sandbox.account.replace_card(method, exp_year=2031)
    told.comes_to(7)
    assert told.charges() == [(0.0, "failed"), (6.0, "succeeded")]
    assert invoice["status"] == "paid"
    told.ends_well()


def test_all_retries_fail_and_the_invoice_is_given_up(story):
    """Eight retries in fourteen days, then uncollectible thirty days after it was finalized."""
    told = story({"past_due": {"action": "mark_uncollectible", "after_days": 30}})
    told.has_customer()
    told.has_method(NO_FUNDS)
    invoice = told.bills()
    told.comes_to(29)
    assert [day for day, _ in told.charges()] == [0.0, 2.0, 4.0, 5.0, 7.0, 9.0, 11.0, 12.0, 14.0]
    assert invoice["status"] == "open"
    told.comes_to(31)
    assert invoice["status"] == "uncollectible"
    assert told.next_payment_attempt(invoice) is None
    told.ends_well()


def test_uncollectible_at_30_days_and_paid_later(story):
    """Uncollectible is not final: paid on the page on day 50, thanked for, never written about again."""
    told = story({"past_due": {"action": "mark_uncollectible", "after_days": 30}})
    told.has_customer()
    told.has_method(declined("lost_card"))
    invoice = told.bills()
    told.comes_to(50)
    assert invoice["status"] == "uncollectible"
    mails = told.mails()
    told.sandbox.account.pay_part(invoice, invoice["amount_remaining"])
    told.comes_to(90)
    assert told.row(invoice)["status"] == "paid"
    assert told.mails() == [*mails, (50.0, "payment_received")]
    told.ends_well()


def test_stripes_own_engine_is_never_doubled(story):
    """While Stripe retries by itself Dunwell leaves the invoice alone; then its retries count."""
    told = story(engine_retry_days=(3, 5))
    told.has_customer()
    told.has_method(NO_FUNDS)
    invoice = told.bills()
    told.comes_to(2)
    assert told.reasons(invoice) == ["processor_retries"]
    told.comes_to(7.9)
    assert [day for day, _ in told.charges()] == [0.0, 3.0]
    told.comes_to(15)
    keys = {e["request"]["idempotency_key"] for e in told.sandbox.account.objects["event"].values()} - {None}
    assert told.charges()[2][0] == 8.0
    assert keys
    assert all(key.startswith(f"dunwell-{invoice['id']}-attempt-") for key in keys)
    told.ends_well()


def test_the_payers_own_failed_try_stops_nothing_and_causes_no_mail(story):
    """It counts against the card's windows only."""
    told = story()
    told.has_customer()
    told.has_method(NO_FUNDS)
    invoice = told.bills()
    told.comes_to(1)
    mails = told.mails()
    with pytest.raises(StripeAPIError, match="declined"):
        told.sandbox.account.pay(invoice, by="payer")
    told.comes_to(1.9)
    assert told.mails() == mails
    assert told.row(invoice)["attempt_count"] == 1
    assert told.next_payment_attempt(invoice) == 2.0


def test_custom_rules_follow_the_owners_list(story):
    """3, 5 and 7 days after the attempt before."""
    told = story({"retry": {"kind": "custom", "days_after_previous": [3, 5, 7]}})
    told.has_customer()
    told.has_method(NO_FUNDS)
    told.bills()
    told.comes_to(40)
    assert [day for day, _ in told.charges()] == [0.0, 3.0, 8.0, 15.0]


def test_observe_mode_touches_nothing(story):
    """A new installation: decisions and reasons, no charge, no mail, no final action."""
    told = story({"active_since": None, "past_due": {"action": "mark_uncollectible", "after_days": 5}})
    told.has_customer()
    told.has_method(NO_FUNDS)
    invoice = told.bills()
    told.comes_to(30)
    assert told.charges() == [(0.0, "failed")]
    assert told.sandbox.mails() == []
    assert invoice["status"] == "open"
    assert {"observe_mode", "would_act", "would_retry_planned"} <= told.all_reasons(invoice)
    assert not [r for r in told.sandbox.api.requests if r.startswith("POST")]


def test_activation_takes_up_new_invoices_and_adopts_old_ones_only_when_told(story):
    """What was open before stays observed until the owner adopts it."""
    told = story({"active_since": None})
    told.has_customer()
    told.has_method(NO_FUNDS)
    old = told.bills()
    told.comes_to(3)
    live = {"active_since": "2026-03-05T00:00:00+00:00"}
    told.sandbox.apply_settings(live)
    told.comes_to(5)
    new = told.bills()
    told.comes_to(12)
    assert told.reasons(old)[0] == "open_before_activation"
    assert (
        len(
            told.sandbox.account.charges_of(
                told.sandbox.account.payments_of(new["id"])[0]["payment"]["payment_intent"]
            )
        )
        > 1
    )
    told.sandbox.apply_settings({**live, "adopt_open_invoices": True})
    told.comes_to(20)
    assert told.reasons(old)[0] != "open_before_activation"
