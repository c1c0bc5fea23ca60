"""In which words an invoice is spoken of: the customer's language, its formats, and what fills its texts."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from dunwell.domain.decision import Decision
from dunwell.domain.policies import Branding, Settings
from dunwell.messages.colours import readable_on
from dunwell.messages.formats import Format, format_for, method_name, plain
from dunwell.messages.texts import Texts, negotiated, texts_in
from dunwell.records import Facts


@dataclass(frozen=True, slots=True)
class Wording:
    """What mails and pages say of one invoice; `fillers` may stand in braces, as far as they are known."""

    texts: Texts
    form: Format
    fillers: dict[str, str]

    def say(self, key: str, **more: str) -> str:
        """A text with its fillers. Raises `KeyError` for a text or a filler that is not there."""
        return self.texts.fill(key, {**self.fillers, **more})


def wording_of(facts: Facts, decision: Decision, settings: Settings) -> Wording:
    customer = facts.customer
    language = negotiated(customer.preferred_locales, settings.branding.language)
    texts = texts_in(language, settings.messages.texts)
    form = format_for(customer, language, customer.zone(settings.time_zone))
    return Wording(texts, form, _fillers(facts, decision, settings, texts, form))


def look_of(branding: Branding) -> dict[str, Any]:
    """What the owner's brand puts into the layout of mails and pages."""
    return {
        "sender": plain(branding.name),
        "accent": branding.accent,
        "on_accent": readable_on(branding.accent),
        "address": plain(branding.address),
    }


def environment(*, escaped: bool) -> Environment:
    """The templates; `escaped` for HTML, where whatever fills them comes out as text."""
    return Environment(  # nosec B701 # a mail's text part is no HTML and is not escaped
        loader=PackageLoader("dunwell.messages"),
        autoescape=escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _fillers(
    facts: Facts, decision: Decision, settings: Settings, texts: Texts, form: Format
) -> dict[str, str]:
    invoice, method, upcoming = facts.invoice, facts.invoice.payment_method, decision.next_payment_attempt
    found = {
        "sender": plain(settings.branding.name),
        "name": plain(facts.customer.name or ""),
        "number": plain(invoice.number or invoice.id),
        "amount": form.money(invoice.amount_remaining),
        "received": form.money(invoice.received),
        "due_date": form.day(invoice.due_date(settings.time_zone)),
        "method": method_name(method, texts.said["words.card"], texts.said["words.account"]),
    }
    if upcoming is not None:
        found["next_attempt"] = form.day(upcoming)
    if invoice.word.promise is not None:
        found["promised"] = form.day(invoice.word.promise.by_date)
    if invoice.word.picked is not None:
        found["day"] = form.day(invoice.word.picked.day)
    if method is not None and method.expires_on is not None:
        found["expires"] = form.month(method.expires_on - timedelta(days=1))
    return found
