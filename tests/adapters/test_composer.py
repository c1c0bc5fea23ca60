"""Mails: what they say, in both parts, and what they never let through."""

import re
from dataclasses import replace

import pytest
from dunwell.domain.customers import MessageKind, WantedMessage
from dunwell.domain.decision import Decision
from dunwell.domain.money import Money
from dunwell.domain.payers_word import PayersWord
from dunwell.domain.policies import Branding, MessagePolicy
from dunwell.domain.reasons import Reason
from dunwell.messages.composer import TemplateComposer
from dunwell.records import Facts, Link, MailItem

from tests.build import attempt, card, customer, day, eur, invoice, sent_invoice, settings

COMPOSER = TemplateComposer()
CHOSEN = settings(branding=Branding("Northwind Tools", "desk@example.com"), time_zone="Europe/Berlin")


PAGE = Link("https://invoice.example.com/i/in_1")


def compose(
    kind, facts, *, attempts=(), who=None, upcoming=None, reasons=(), chosen=CHOSEN, link=PAGE, **message
):
    wanted = WantedMessage(f"in_1:{kind}", kind, "in_1", day(0), day(3), **message)
    found = Facts(facts, tuple(attempts), who or customer())
    decision = Decision(None, upcoming, (), reasons)
    return COMPOSER.compose([MailItem(wanted, found, decision, link, chosen)])


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


@pytest.mark.parametrize("rule", ["hard_decline", "no_payment_method", "scheme_rule"])
def test_where_no_retry_can_help_another_method_is_asked_for(rule):
    """And not a word of why: a stolen card's code is not told to whoever holds it."""
    stolen = attempt(day(0), "stolen_card")
    mail = failed(attempts=[stolen], attempt_id=stolen.id, reasons=(Reason(rule, "no"),))
    assert mail.subject == "Another way to pay is needed: invoice R-00001"
    assert "give us another card or account" in mail.text
    for told in ("stolen", "lost", "fraud", "declined"):
        assert told not in mail.text + mail.html


def test_when_only_the_customer_can_help_the_mail_says_how():
    """Their bank asks them to confirm."""
    mail = compose(MessageKind.PAYMENT_ACTION_REQUIRED, invoice())
    assert mail.subject == "Please confirm your payment: invoice R-00001"
    assert "Your bank asks you to confirm" in mail.text


@pytest.mark.parametrize(
    ("offset", "subject", "told"),
    [
        (-3, "Due on March 16, 2026: invoice R-00001", "A friendly reminder"),
        (0, "Due today: invoice R-00001", "is due today"),
        (3, "Overdue: invoice R-00001", "Perhaps it slipped through"),
        (7, "Still overdue: invoice R-00001", "We have reminded you of it"),
        (14, "Last reminder: invoice R-00001", "This is our last reminder"),
    ],
)
def test_reminders_escalate_with_the_days(offset, subject, told):
    """Before, on and after the due date; the last one of the schedule says that it is."""
    mail = compose(MessageKind.REMINDER, sent_invoice(), offset_days=offset)
    assert mail.subject == subject
    assert told in mail.text
    assert told in mail.html


def test_a_card_that_expires_is_named_as_its_owner_knows_it():
    """By brand and last digits, and by its last month."""
    mail = compose(MessageKind.CARD_EXPIRING, invoice(payment_method=card(last4="4242")))
    assert "Visa •••• 4242 expires at the end of December 2030" in mail.text
    unnamed = compose(MessageKind.CARD_EXPIRING, invoice(payment_method=card()))
    assert "Your card expires at the end of" in unnamed.text


def test_a_receipt_tells_what_was_received_and_asks_for_nothing():
    """No amount due, no apology for having asked."""
    paid = invoice(amount_paid=eur(4900), amount_remaining=eur(0))
    mail = compose(MessageKind.PAYMENT_RECEIVED, paid)
    assert "We have received €49.00" in mail.text
    assert "Amount due" not in mail.text
    assert "in the meantime" not in mail.text


def test_a_mail_looks_like_its_owner():
    """Colour, logo and legal address; what stands on the colour can be read."""
    brand = Branding(
        "Northwind",
        accent="#ffe066",
        logo_url="https://northwind.example/logo.png",
        address="Northwind GmbH, Kai 1, Hamburg",
    )
    mail = compose(MessageKind.PAYMENT_RECEIVED, invoice(), chosen=settings(branding=brand))
    link = re.search(r'<a href="https://invoice[^>]*>', mail.html)[0]
    assert "color: #000000" in link
    assert re.search(r'<td class="button" style="[^"]*background-color: #ffe066', mail.html)
    logo = re.search(r"<img [^>]*>", mail.html)[0]
    assert 'src="https://northwind.example/logo.png"' in logo
    assert 'alt="Northwind"' in logo
    for part in (mail.text, mail.html):
        assert "Northwind GmbH, Kai 1, Hamburg" in part


def test_every_rule_of_the_sheet_stands_at_its_elements():
    """Mail programs that drop the head still show the layout; those that keep it have the dark one, too."""
    html = compose(MessageKind.REMINDER, sent_invoice(), offset_days=0).html
    body = re.sub(r"<!--.*?-->", "", html.split("</head>")[1])  # Word's own
    for opened in re.findall(r"<(?:td|body)\b[^>]*>", body):
        assert "style=" in opened, opened
    assert "prefers-color-scheme: dark" in html.split("</head>")[0]


def test_the_owners_own_texts_come_first():
    """In the language that they are for."""
    own = {"de": {"reminder.today.body": "Heute: {number} über {amount}"}}
    chosen = settings(messages=MessagePolicy(texts=own), branding=Branding(language="de"))
    mail = compose(MessageKind.REMINDER, sent_invoice(), offset_days=0, chosen=chosen)
    assert "Heute: R-00001 über 49,00\xa0€" in mail.text
    english = compose(
        MessageKind.REMINDER,
        sent_invoice(),
        offset_days=0,
        chosen=chosen,
        who=customer(preferred_locales=("en",)),
    )
    assert "is due today" in english.text


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
        mail = compose(MessageKind.INVOICE_FINALIZED, sent_invoice(), link=Link(url))
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


def test_a_mail_that_only_helps_can_be_unsubscribed_from():
    """By a link at its foot, and by the header that mail programs show; what is owed comes without either."""
    link = Link("https://pages.example.com/i/t", "https://pages.example.com/i/t/unsubscribe")
    mail = compose(MessageKind.REMINDER, sent_invoice(), offset_days=-3, link=link)
    assert mail.unsubscribe_url == "https://pages.example.com/i/t/unsubscribe"
    assert "No more mails of this kind: https://pages.example.com/i/t/unsubscribe" in mail.text
    assert 'href="https://pages.example.com/i/t/unsubscribe"' in mail.html
    due = compose(MessageKind.REMINDER, sent_invoice(), offset_days=3, link=PAGE)
    assert due.unsubscribe_url is None
    assert "unsubscribe" not in due.html


def test_a_reminder_of_the_due_date_that_leaves_a_day_later_does_not_say_today():
    """It says since when the invoice is due."""
    mail = compose(MessageKind.REMINDER, sent_invoice(read_at=day(15)), offset_days=0)
    assert mail.subject == "Overdue: invoice R-00001"
    assert "was due on March 16, 2026" in mail.text


@pytest.mark.parametrize(
    ("zone", "subject"), [("Pacific/Auckland", "Overdue"), ("America/Lima", "Due today")]
)
def test_today_is_the_customers(zone, subject):
    """At noon of the due date in Berlin it is past midnight in Auckland."""
    noon = day(14, 3)
    who = customer(time_zone=zone)
    mail = compose(MessageKind.REMINDER, sent_invoice(read_at=noon), offset_days=0, who=who)
    assert mail.subject.startswith(subject)


def test_on_a_narrow_screen_every_part_stands_closer_to_the_edge():
    """The rule survives the inlining whole."""
    html = compose(MessageKind.REMINDER, sent_invoice(), offset_days=0).html
    rule = ".sender, .body, .figures, .press, .closing, .foot { padding-left: 20px !important;"
    assert rule in html


def test_a_statement_says_how_much_is_open_in_all_and_what_is_next_of_each():
    """By currency; each with a link of its own, and tied to the record of each."""
    soon, yen = (
        Decision(None, day(2)),
        sent_invoice(
            id="in_2", number="R-2", amount_remaining=Money(500, "jpy"), word=PayersWord(locale="fr")
        ),
    )
    failed_one = invoice(payment_method=card(last4="4242"))
    kinds = [MessageKind.PAYMENT_FAILED, MessageKind.REMINDER]
    facts = [(failed_one, soon), (yen, Decision(None))]
    items = [
        MailItem(
            WantedMessage(f"{one.id}:x", kind, one.id, day(0), day(3), 14),
            Facts(one, (), customer().preferring(one.word.locale) if one is yen else customer()),
            decision,
            Link(f"https://pages.example.com/i/{one.id}"),
            CHOSEN,
        )
        for (one, decision), kind in zip(facts, kinds, strict=True)
    ]
    mail = COMPOSER.compose(items)
    assert mail.subject == "2 open invoices from Northwind Tools"
    assert "These 2 invoices are open: €49.00 and ¥500 in total." in mail.text
    assert (
        "R-00001: €49.00\n  The payment failed. We will try Visa •••• 4242 again on March 4, 2026."
        in mail.text
    )
    assert (
        "R-2: ¥500\n  Due on March 16, 2026\n  This is our last reminder.\n  Open invoice R-2: https://pages.example.com/i/in_2"
        in mail.text
    )
    assert mail.html.count('href="https://pages.example.com/i/in_') == 2
    assert (mail.tags["message"], mail.tags["message-2"]) == ("in_1:x", "in_2:x")
    assert mail.unsubscribe_url is None
