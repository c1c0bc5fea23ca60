"""`Composer` over Jinja2 and Babel: facts and a decision become a mail in HTML and equal text."""

import re
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.core import Locale, UnknownLocaleError, negotiate_locale
from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import Environment, PackageLoader, StrictUndefined

from dunwell.domain.customers import Customer, MessageKind, WantedMessage
from dunwell.domain.decision import Decision
from dunwell.domain.money import Money
from dunwell.domain.payments import Outcome
from dunwell.domain.policies import Settings
from dunwell.records import Facts, Mail

LANGUAGES: Final = ("en",)
"""Languages that have templates; the first one is the fallback."""

_LINE_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UNSEEN: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Unicode's bidi controls, and halves of characters, which no mail can hold."""

_QUOTED: Final = re.compile(r'\s*[()<>@,:;\\"\[\]]+\s*')
"""What a sender's name needs quotes for, which Pythons before 3.13.1 drop where they fold the header."""

_WEB_ADDRESS: Final = re.compile(r"https?://[!-~]+")


class TemplateComposer:
    """Renders `templates/<language>/<kind>.{subject,txt,html}`; the environment is built on first use."""

    def compose(self, message: WantedMessage, facts: Facts, decision: Decision, settings: Settings) -> Mail:
        """The mail for a wanted message. The customer must have an address (`decide_contact` sees to it)."""
        if facts.customer.email is None:
            raise ValueError(f"{message.key}: a mail needs an address")
        preferred = [name.lower() for name in facts.customer.preferred_locales]
        language = negotiate_locale(preferred, LANGUAGES, sep="-") or LANGUAGES[0]
        values = _values(message, facts, decision, settings, _locale(facts.customer, language))
        return Mail(
            to=facts.customer.email,
            subject=_header(_render(self._text, f"{language}/{message.kind}.subject", values)),
            html=_render(self._html, f"{language}/{message.kind}.html", values),
            text=_render(self._text, f"{language}/{message.kind}.txt", values),
            sender_name=_header(_QUOTED.sub(" ", settings.branding.name)),
            reply_to=settings.branding.reply_to,
            tags={"customer": facts.customer.id, "kind": message.kind, "message": message.key},
        )

    @cached_property
    def _html(self) -> Environment:
        return _environment(escaped=True)

    @cached_property
    def _text(self) -> Environment:
        return _environment(escaped=False)


def _environment(*, escaped: bool) -> Environment:
    """Both parts share their sentences (`.body`), so each has an environment of its own: what is
    escaped depends on where a sentence goes, not on the file it stands in."""
    return Environment(  # nosec B701 # the text part is no HTML and is not escaped
        loader=PackageLoader("dunwell.messages"),
        autoescape=escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _render(environment: Environment, name: str, values: dict[str, Any]) -> str:
    return environment.get_template(name).render(values)


@dataclass(frozen=True, slots=True)
class _Format:
    """Formats for one locale and zone."""

    locale: Locale
    zone: str

    def money(self, money: Money) -> str:
        """With the processor's decimals: CLDR knows none of some currencies that it counts in hundredths."""
        pattern = copy(self.locale.currency_formats["standard"])
        pattern.frac_prec = (money.exponent, money.exponent)
        return format_currency(
            money.major, money.currency.upper(), pattern, locale=self.locale, currency_digits=False
        )

    def day(self, moment: Any) -> str:
        if isinstance(moment, datetime):
            moment = moment.astimezone(ZoneInfo(self.zone)).date()
        return format_date(moment, format="long", locale=self.locale)


def _values(
    message: WantedMessage, facts: Facts, decision: Decision, settings: Settings, locale: Locale
) -> dict[str, Any]:
    invoice, customer = facts.invoice, facts.customer
    form = _Format(locale, customer.zone(settings.time_zone))
    failed = next((a for a in facts.attempts if a.id == message.attempt_id), None)
    upcoming = decision.next_payment_attempt
    return {
        "language": locale.language,
        "sender": plain(settings.branding.name),
        "name": plain(customer.name) if customer.name else None,
        "number": plain(invoice.number or invoice.id),
        "amount": form.money(invoice.amount_remaining),
        "part_paid": form.money(invoice.amount_paid) if invoice.partially_paid else None,
        "due_date": form.day(invoice.due_date(settings.time_zone)),
        "offset_days": message.offset_days,
        "link": _web_address(invoice.hosted_invoice_url),
        "next_attempt": form.day(upcoming) if upcoming else None,
        "needs_payer": failed.outcome is Outcome.ACTION_REQUIRED
        if failed
        else invoice.payment_action_required,
        "charged_automatically": invoice.charges_automatically,
        "is_reminder": message.kind is MessageKind.REMINDER,
    }


def plain(value: str) -> str:
    """Somebody else's text on one line, without controls that turn the direction of writing."""
    return _UNSEEN.sub("", _LINE_BREAKS.sub(" ", value)).strip()


def _header(value: str) -> str:
    """A header's value in which nothing reads as an encoded word: a mail program would decode it."""
    return plain(value).replace("=?", "= ?")


def _web_address(url: str | None) -> str | None:
    return url if url is not None and _WEB_ADDRESS.fullmatch(url) else None


def _locale(customer: Customer, language: str) -> Locale:
    """The customer's own variant of the mail's language (for dates and amounts), else the language."""
    variants = [name for name in customer.preferred_locales if name.split("-")[0].lower() == language]
    try:
        return Locale.parse(variants[0] if variants else language, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale.parse(language)
