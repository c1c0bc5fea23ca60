"""The customer's page, from the mail that leads to it to what the choices on it come to."""

import json

import pytest
from dunwell.adapters.packing import unpack

from sandbox.fake_stripe.bank import APPROVED, declined
from sandbox.fake_stripe.errors import StripeAPIError

NO_FUNDS = declined("insufficient_funds")
EMPTY = {"x": ""}
"""A form with nothing in it that anybody asked for."""


def test_a_mail_leads_to_a_page_that_says_what_is_owed(story):
    """And what happens next; it is served as strictly as a page can be."""
    told = story()
    told.fails()
    page = told.visits(told.link())
    assert page["statusCode"] == 200
    for word in ("€49.00", "again on March 4, 2026", "A payment failed", "Pay now", "What it is for"):
        assert word in page["body"]
    headers = page["headers"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "noindex" in headers["x-robots-tag"]
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    told.ends_well()


def test_looking_changes_nothing(story):
    """Mail scanners look first: however often, every table stays as it is."""
    told = story()
    told.fails()
    path = told.link()
    tables = ("InvoicesTable", "CustomersTable", "CardsTable", "PagesTable", "PaymentsTable")
    before = {name: told.sandbox.items(name) for name in tables}
    for _ in range(3):
        told.visits(path)
        told.visits(path + "?done=promise")
    assert {name: told.sandbox.items(name) for name in tables} == before
    assert told.sandbox.driver.drain() == 0


@pytest.mark.parametrize("broken", ["{path}x", "/i/{invoice}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "/i/none"])
def test_without_its_token_there_is_no_page(story, broken):
    """And every such answer is the same, whether or not there is such an invoice."""
    told = story()
    invoice = told.fails()
    wrong = broken.format(path=told.link(), invoice=invoice["id"])
    answers = [told.visits(wrong), told.visits("/i/in_of_nobody.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB")]
    answers.append(told.visits(wrong + "/retry", **EMPTY))
    assert {answer["statusCode"] for answer in answers} == {404}
    assert len({answer["body"] for answer in answers}) == 1
    assert "There is no such page" in answers[0]["body"]


def test_only_the_hash_of_a_links_secret_is_stored_and_it_expires(story):
    """Whoever reads the table cannot open a page; after thirty days nobody can."""
    told = story()
    told.fails()
    path = told.link()
    secret = path.rsplit(".", 1)[1]
    rows = told.sandbox.items("PagesTable")
    assert rows
    assert secret not in str(rows)
    assert secret not in told.sandbox.logs.getvalue()
    told.comes_to(30)
    assert told.visits(path)["statusCode"] == 200
    told.comes_to(30.5)
    assert told.visits(path)["statusCode"] == 404


def test_a_choice_takes_down_what_else_is_new(story):
    """The payer's own tries on the processor's page and a new card, of which no event has come yet: the page
    writes all of it, under its own role."""
    told = story()
    invoice = told.fails(NO_FUNDS, NO_FUNDS)
    path = told.link()
    with pytest.raises(StripeAPIError):
        told.sandbox.account.pay(invoice, by="payer")
    told.sandbox.account.pay_part(invoice, 900)
    told.sandbox.account.choose_method(told.customer, told.has_method(NO_FUNDS, NO_FUNDS))
    assert told.visits(path + "/promise", day="2026-03-07")["statusCode"] == 200
    told.comes_to(7)
    assert told.charges() == [(0.0, "failed"), (0.3, "failed"), (0.3, "succeeded"), (6.0, "failed")]
    told.ends_well()


def test_a_promise_rests_everything_and_a_broken_one_resumes(story):
    """Promised on day 0 until day 5: no retry until the morning of day 6, then one, and a mail about it."""
    told = story()
    invoice = told.fails()
    page = told.visits(told.link() + "/promise", day="2026-03-07")
    assert "Until March 7, 2026 we send no reminders" in page["body"]
    assert "You have promised to pay by March 7, 2026" in page["body"]
    assert told.reasons(invoice) == ["promised"]
    told.comes_to(5.9)
    assert told.charges() == [(0.0, "failed")]
    assert [kind for _, kind in told.mails()] == ["payment_failed", "promise_confirmed:1"]
    told.comes_to(6.4)
    assert told.charges() == [(0.0, "failed"), (6.0, "failed")]
    assert told.mails()[2:] == [(6.0, "payment_failed:dunwell-001")]
    told.ends_well()


def test_a_broken_promise_on_an_invoice_that_is_sent_is_told_of(story):
    """Due on day 14, promised until day 16: those of days 14 and 17 rest, that of day 21 follows."""
    told = story()
    told.has_customer()
    told.sends()
    told.comes_to(12)
    told.visits(told.link() + "/promise", day="2026-03-18")
    told.comes_to(30)
    assert [mail for mail in told.mails() if mail[0] > 11] == [
        (12.0, "promise_confirmed:1"),
        (17.0, "promise_broken:1"),
        (21.0, "reminder:+7"),
        (28.0, "reminder:+14"),
    ]
    told.ends_well()


def test_a_kept_promise_is_thanked_for(story):
    """Paid on the processor's page on day 3: nothing else is sent or charged."""
    told = story()
    invoice = told.fails()
    told.visits(told.link() + "/promise", day="2026-03-07")
    told.comes_to(3)
    told.sandbox.account.pay_part(invoice, invoice["amount_remaining"])
    told.comes_to(20)
    kinds = [kind for _, kind in told.mails()]
    assert kinds == ["payment_failed", "promise_confirmed:1", "payment_received"]
    assert told.charges()[0] == (0.0, "failed")
    assert "Paid. Thank you!" in told.visits(told.link())["body"]
    told.ends_well()


def test_the_card_is_tried_on_the_day_that_was_picked(story):
    """Day 6 in place of day 2, and not before."""
    told = story()
    told.fails(NO_FUNDS, APPROVED)
    page = told.visits(told.link() + "/pick_day", day="2026-03-08")
    assert "We will try again on March 8, 2026" in page["body"]
    told.comes_to(8)
    assert told.charges() == [(0.0, "failed"), (6.0, "succeeded")]
    told.ends_well()


def test_the_card_is_tried_at_once_when_asked(story):
    """The answer does not wait for it; a minute later the page knows."""
    told = story()
    told.fails(NO_FUNDS, APPROVED)
    path = told.link()
    assert "We are trying it" in told.visits(path + "/retry", **EMPTY)["body"]
    told.sandbox.driver.drain()
    assert told.charges() == [(0.0, "failed"), (0.3, "succeeded")]
    told.comes_to(0.31)
    assert "Paid. Thank you!" in told.visits(path)["body"]
    again = told.visits(path + "/retry", **EMPTY)
    assert again["statusCode"] == 422
    assert "not possible any more" in again["body"]
    told.ends_well()


def test_a_dispute_rests_everything_and_the_merchant_is_told(story):
    """With its note, which is kept with the invoice and never stands in a log."""
    told = story({"past_due": {"action": "mark_uncollectible", "after_days": 30}})
    invoice = told.fails()
    note = "Paid by <b>bank</b> transfer on Monday"
    page = told.visits(told.link() + "/dispute", complaint="already_paid", note=note)
    assert "We will look into it" in page["body"]
    told.comes_to(60)
    assert told.charges() == [(0.0, "failed")]
    assert [kind for _, kind in told.mails()] == ["payment_failed"]
    assert invoice["status"] == "open"
    assert json.dumps(note) in unpack(bytes(told.row(invoice)["packed"]))
    assert note not in told.sandbox.logs.getvalue()
    assert "PayersDispute" in told.sandbox.logs.getvalue()
    told.ends_well()


@pytest.mark.parametrize(
    ("choice", "form", "told_why"),
    [
        ("promise", {"day": "2026-03-02"}, "Please choose a day from March 3, 2026 to March 16, 2026."),
        ("promise", {"day": "2026-03-17"}, "Please choose a day from"),
        ("promise", {"day": "tomorrow"}, "Please choose a day from"),
        ("pick_day", {"day": "2026-03-30"}, "Please choose a day from March 3, 2026 to March 17, 2026."),
        ("dispute", {"complaint": "wrong", "note": " "}, "in a few words, at most 500 characters"),
        ("dispute", {"complaint": "other", "note": "x"}, "in a few words"),
        ("dispute", {"complaint": "wrong", "note": "x" * 501}, "in a few words"),
        ("language", {"language": "tlh"}, "not possible any more"),
    ],
)
def test_what_is_not_offered_is_refused_with_what_would_be_right(story, choice, form, told_why):
    """And nothing is taken down."""
    told = story()
    invoice = told.fails()
    before = told.row(invoice)
    answer = told.visits(f"{told.link()}/{choice}", **form)
    assert answer["statusCode"] == 422
    assert told_why in answer["body"]
    assert answer["body"].count("<details open>") == (choice != "language")
    assert 'role="alert"' in answer["body"]
    assert told.row(invoice) == before


def test_a_third_promise_is_not_offered(story):
    """Two are enough; nor a second one while the first still runs."""
    told = story()
    told.fails()
    path = told.link()
    for number, day in enumerate(("2026-03-04", "2026-03-07")):
        assert told.visits(path + "/promise", day=day)["statusCode"] == 200
        assert told.visits(path + "/promise", day="2026-03-15")["statusCode"] == 422
        told.comes_to(3.5 + 3 * number)
    assert "/promise" not in told.visits(path)["body"]
    assert told.visits(path + "/promise", day="2026-03-14")["statusCode"] == 422


def test_a_card_that_cannot_be_charged_offers_no_retry(story):
    """Only paying, promising and telling what is wrong are left; and no word of why."""
    told = story()
    told.fails(declined("stolen_card"))
    body = told.visits(told.link())["body"]
    assert "/retry" not in body
    assert "/pick_day" not in body
    assert "/promise" in body
    assert "cannot be charged" in body
    assert "stolen" not in body
