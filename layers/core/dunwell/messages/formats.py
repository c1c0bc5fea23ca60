"""Amounts, days and names as a customer reads them; what others wrote, as text that nothing can hide in."""

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_currency

from dunwell.domain.customers import Customer
from dunwell.domain.money import Money
from dunwell.domain.payments import PaymentMethod

_LINE_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UNSEEN: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Unicode's bidi controls, and halves of characters, which no mail can hold."""

_WEB_ADDRESS: Final = re.compile(r"https?://[!-~]+")

_BRANDS: Final = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
"""Card brands by Stripe's names for them (docs.stripe.com/api/payment_methods/object)."""


@dataclass(frozen=True, slots=True)
class Format:
    """Formats for one locale and IANA zone."""

    locale: Locale
    zone: str

    def money(self, money: Money) -> str:
        """With the processor's decimals: CLDR knows none of some currencies that it counts in hundredths."""
        pattern = copy(self.locale.currency_formats["standard"])
        pattern.frac_prec = (money.exponent, money.exponent)
        return format_currency(
            money.major, money.currency.upper(), pattern, locale=self.locale, currency_digits=False
        )

    def day(self, moment: date) -> str:
        """A calendar day; an instant's (UTC) is the day on which it falls in the zone."""
        if isinstance(moment, datetime):
            moment = moment.astimezone(ZoneInfo(self.zone)).date()
        return format_date(moment, format="long", locale=self.locale)

    def several(self, told: Sequence[str]) -> str:
        """A list, as the language joins one."""
        return format_list(told, locale=self.locale)

    def month(self, day: date) -> str:
        """The month and year of a day."""
        return format_skeleton("yMMMM", day, locale=self.locale)


def format_for(customer: Customer, language: str, zone: str) -> Format:
    """The customer's own variant of the language (for dates and amounts), else the language."""
    variants = [name for name in customer.preferred_locales if name.split("-")[0].lower() == language]
    try:
        return Format(Locale.parse(variants[0] if variants else language, sep="-"), zone)
    except (ValueError, UnknownLocaleError):
        return Format(Locale.parse(language), zone)


def method_name(method: PaymentMethod | None, card: str, account: str) -> str:
    """A payment method as its owner knows it, like "Visa •••• 4242"; else `card` or `account`."""
    if method is None or method.is_card is False:
        return f"{account} •••• {method.last4}" if method is not None and method.last4 else account
    return f"{_BRANDS.get(method.brand or '', card)} •••• {method.last4}" if method.last4 else card


def plain(value: str) -> str:
    """Somebody else's text on one line, without controls that turn the direction of writing."""
    return _UNSEEN.sub("", _LINE_BREAKS.sub(" ", value)).strip()


def header(value: str) -> str:
    """A header's value in which nothing reads as an encoded word: a mail program would decode it."""
    return plain(value).replace("=?", "= ?")


def web_address(url: str | None) -> str | None:
    return url if url is not None and _WEB_ADDRESS.fullmatch(url) else None
