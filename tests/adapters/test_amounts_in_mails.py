"""Amounts as mails tell them: each of Stripe's currencies, read back to the same minor units."""

import re

import pytest
from babel.core import Locale
from babel.numbers import parse_decimal
from dunwell.domain.customers import MessageKind, WantedMessage
from dunwell.domain.decision import Decision
from dunwell.domain.money import Money
from dunwell.messages.composer import TemplateComposer
from dunwell.records import Facts, Link, MailItem

from tests.build import customer, day, sent_invoice, settings
from tests.domain.test_money_of_every_currency import CURRENCIES

COMPOSER = TemplateComposer()
LOCALES = ["en", "en-IN", "en-ZA", "en-DE", "en-CH"]
"""Variants of English that write numbers and amounts differently."""

AMOUNTS = [0, 1, 1_050, 99_999_999, 2**63 - 1]


def told(money, locale):
    """The amount that a mail says is due."""
    facts = Facts(sent_invoice(amount_remaining=money), (), customer(preferred_locales=(locale,)))
    wanted = WantedMessage("in_1:invoice_finalized", MessageKind.INVOICE_FINALIZED, "in_1", day(0), day(3))
    mail = COMPOSER.compose([MailItem(wanted, facts, Decision(None), Link(None), settings())])
    (amount,) = re.findall(r"^Amount due: (.*)$", mail.text, re.MULTILINE)
    return amount


def minor_units(amount, locale):
    """A written amount read as its reader does: without its currency, by the customs of the locale."""
    number = re.search(r"\d.*\d|\d", amount)[0]
    major = parse_decimal(number, Locale.parse(locale, sep="-"))
    return int(major.scaleb(-major.as_tuple().exponent)), -major.as_tuple().exponent


@pytest.mark.parametrize("currency", CURRENCIES)
def test_an_amount_reads_back_to_the_same_minor_units(currency):
    """With the decimals that the processor counts in, whatever the locale and the currency's own customs."""
    for locale in LOCALES:
        for amount in AMOUNTS:
            money = Money(amount, currency)
            assert minor_units(told(money, locale), locale) == (amount, money.exponent)
