"""Mails: what they say, in both parts, and what they never let through."""

from dataclasses import replace

import pytest
from dunwell.domain.customers import MessageKind, WantedMessage
from dunwell.domain.decision import Decision
from dunwell.domain.money import Money
from dunwell.domain.payments import Outcome
from dunwell.domain.policies import Branding
from dunwell.messages.composer import TemplateComposer
from dunwell.records import Facts

from tests.build import attempt, customer, day, eur, invoice, sent_invoice, settings

COMPOSER = TemplateComposer()
CHOSEN = settings(branding=Branding("Northwind Tools", "desk@example.com"), time_zone="Europe/Berlin")


def compose(kind, facts, *, attempts=(), who=None, upcoming=None, **message):
    wanted = WantedMessage(f"in_1:{kind}", kind, "in_1", day(0), day(3), **message)
    found = Facts(facts, tuple(attempts), who or customer())
    return COMPOSER.compose(wanted, found, Decision(None, upcoming), CHOSEN)


def failed(**fields):
    return compose(MessageKind.PAYMENT_FAILED, invoice(), **fields)


def test_a_failed_payment_tells_when_it_is_tried_again():
    """And that there is nothing the customer must do."""
    mail = failed(attempts=[attempt(day(0))], attempt_id=attempt(day(0)).id, upcoming=day(2))
    assert mail.subject == "Payment failed: invoice R-00001"
    for part in (mail.text, mail.html):
        assert "€49.00" in part
        assert "we will try again on March 4, 2026" in part
        assert "https://invoice.example.com/i/in_1" in part


def test_without_another_attempt_the_customer_is_asked():
    """To pay, or for another card or account."""
    mail = failed(attempts=[attempt(day(0))], attempt_id=attempt(day(0)).id)
    assert "give us another card or account" in mail.text


def test_when_only_the_customer_can_help_the_mail_says_how():
    """Their bank asks them to confirm."""
    asked = attempt(day(0), outcome=Outcome.ACTION_REQUIRED)
    mail = failed(attempts=[asked], attempt_id=asked.id)
    assert mail.subject == "Please confirm your payment: invoice R-00001"
    assert "Your bank asks you to confirm" in mail.text


@pytest.mark.parametrize(
    ("offset", "subject", "told"),
    [
        (-3, "Due on March 16, 2026: invoice R-00001", "A friendly reminder"),
        (0, "Due today: invoice R-00001", "is due today"),
        (3, "Overdue: invoice R-00001", "Perhaps it slipped through"),
        (14, "Overdue: invoice R-00001", "in spite of our reminders"),
    ],
)
def test_reminders_escalate_with_the_days(offset, subject, told):
    """Before, on and after the due date."""
    mail = compose(MessageKind.REMINDER, sent_invoice(), offset_days=offset)
    assert mail.subject == subject
    assert told in mail.text
    assert told in mail.html


def test_a_partial_payment_is_acknowledged():
    """What was received, and what remains."""
    facts = sent_invoice(amount_paid=eur(900), amount_remaining=eur(4000))
    mail = compose(MessageKind.REMINDER, facts, offset_days=0)
    assert "Received so far: €9.00" in mail.text
    assert "€40.00" in mail.text


@pytest.mark.parametrize(
    ("money", "told"),
    [(Money(4900, "jpy"), "¥4,900"), (Money(4900, "kwd"), "4.900"), (Money(4900, "usd"), "$49.00")],
)
def test_amounts_are_told_in_their_currencys_own_units(money, told):
    """Zero-, three- and two-decimal ones."""
    mail = compose(MessageKind.INVOICE_FINALIZED, sent_invoice(amount_remaining=money))
    assert told in mail.text


def test_dates_follow_the_customers_own_variant_of_the_language():
    """British day before month; an unknown language falls back."""
    british = compose(
        MessageKind.INVOICE_FINALIZED, sent_invoice(), who=customer(preferred_locales=("en-GB",))
    )
    assert "16 March 2026" in british.text
    other = compose(
        MessageKind.INVOICE_FINALIZED, sent_invoice(), who=customer(preferred_locales=("tlh", "??"))
    )
    assert "March 16, 2026" in other.text


def test_an_invoice_without_a_page_has_no_link():
    """Nor does a link that is no web address come through."""
    for url in (None, "javascript:alert(1)"):
        mail = compose(MessageKind.INVOICE_FINALIZED, sent_invoice(hosted_invoice_url=url))
        assert "href" not in mail.html
        assert "javascript" not in mail.text + mail.html


NASTY = "<script>alert(1)</script>\r\nBcc: all@example.com\u202egnp.exe{{ 7 * 7 }}"


def test_somebody_elses_text_stays_text():
    """Markup is escaped, line breaks and writing direction are gone, templates are not run."""
    who = customer(name=NASTY, email="ada@customer.example.com")
    mail = compose(MessageKind.INVOICE_FINALIZED, replace(sent_invoice(), number=NASTY), who=who)
    assert "<script>" not in mail.html
    assert "&lt;script&gt;" in mail.html
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject + mail.text
    assert "\u202e" not in mail.subject + mail.text + mail.html
    assert "49}" not in mail.text


def test_a_mail_without_an_address_is_a_broken_promise():
    """`decide_contact` skips it long before."""
    with pytest.raises(ValueError, match="needs an address"):
        compose(MessageKind.INVOICE_FINALIZED, sent_invoice(), who=customer(email=None))


def test_a_mail_is_tied_to_its_record():
    """By tags that SES accepts."""
    mail = compose(MessageKind.REMINDER, sent_invoice(), offset_days=0)
    assert mail.tags == {"customer": "cus_1", "kind": "reminder", "message": "in_1:reminder"}
    assert (mail.sender_name, mail.reply_to) == ("Northwind Tools", "desk@example.com")
