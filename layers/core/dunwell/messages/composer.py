"""`Composer` over Jinja2, Babel and css-inline: facts and a decision become a mail in HTML and equal text."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from typing import Any, Final

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined

from dunwell.domain.customers import MessageKind, WantedMessage
from dunwell.domain.decision import Decision
from dunwell.domain.policies import Branding, Settings
from dunwell.messages.colours import readable_on
from dunwell.messages.formats import Format, format_for, header, method_name, plain, web_address
from dunwell.messages.texts import Texts, negotiated, texts_in
from dunwell.messages.variants import variant_of
from dunwell.records import Facts, Link, Mail

_QUOTED: Final = re.compile(r'\s*[()<>@,:;\\"\[\]]+\s*')
"""What a sender's name needs quotes for, which Pythons before 3.13.1 drop where they fold the header."""

_SETTLED: Final = frozenset({MessageKind.PAYMENT_RECEIVED})
"""Mails that tell what was received, not what is due."""

_ASKS_FOR_NOTHING: Final = _SETTLED | {MessageKind.PROMISE_CONFIRMED}
"""Mails that need no word about a payment that crossed them."""


class TemplateComposer:
    """Renders `templates/mail.{html,txt}`; the environments are built on first use."""

    def compose(
        self, message: WantedMessage, facts: Facts, decision: Decision, settings: Settings, link: Link
    ) -> Mail:
        """See `Composer`. The customer must have an address (`decide_contact` sees to it)."""
        if facts.customer.email is None:
            raise ValueError(f"{message.key}: a mail needs an address")
        branding = settings.branding
        texts = texts_in(
            negotiated(facts.customer.preferred_locales, branding.language), settings.messages.texts
        )
        form = format_for(facts.customer, texts.language, facts.customer.zone(settings.time_zone))
        fillers = _fillers(facts, decision, settings, texts, form)
        variant = variant_of(message, facts, decision, settings)
        values = {
            **_look(branding),
            "language": texts.language,
            "greeting": texts.fill("mail.greeting" if fillers["name"] else "mail.greeting_nameless", fillers),
            "say": partial(texts.fill, fillers=fillers),
            "variant": variant,
            "figures": _figures(message, facts, texts, fillers),
            "asks": message.kind not in _ASKS_FOR_NOTHING,
            "link": web_address(link.url),
            "unsubscribe": f"{link.url}#unsubscribe" if link.unsubscribe_url else None,
        }
        return Mail(
            to=facts.customer.email,
            subject=header(texts.fill(f"{variant}.subject", fillers)),
            html=self._inliner.inline(self._html.get_template("mail.html").render(values)),
            text=self._text.get_template("mail.txt").render(values),
            sender_name=header(_QUOTED.sub(" ", branding.name)),
            reply_to=branding.reply_to,
            unsubscribe_url=link.unsubscribe_url,
            tags={"customer": facts.customer.id, "kind": message.kind, "message": message.key},
        )

    @cached_property
    def _html(self) -> Environment:
        return _environment(escaped=True)

    @cached_property
    def _text(self) -> Environment:
        return _environment(escaped=False)

    @cached_property
    def _inliner(self) -> CSSInliner:
        """The rules stay in the head, too: those for the dark and for narrow screens hold nowhere else."""
        return CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


def _environment(*, escaped: bool) -> Environment:
    return Environment(  # nosec B701 # the text part is no HTML and is not escaped
        loader=PackageLoader("dunwell.messages"),
        autoescape=escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True, slots=True)
class _Figure:
    label: str
    value: str
    strong: bool = False


def _look(branding: Branding) -> dict[str, Any]:
    """What the owner's brand puts into the layout."""
    return {
        "sender": plain(branding.name),
        "logo": web_address(branding.logo_url),
        "accent": branding.accent,
        "on_accent": readable_on(branding.accent),
        "address": plain(branding.address),
    }


def _fillers(
    facts: Facts, decision: Decision, settings: Settings, texts: Texts, form: Format
) -> dict[str, str]:
    """What may stand in the braces of a text; what is not known of this invoice is not among them."""
    invoice, method, upcoming = facts.invoice, facts.invoice.payment_method, decision.next_payment_attempt
    found = {
        "sender": plain(settings.branding.name),
        "name": plain(facts.customer.name or ""),
        "number": plain(invoice.number or invoice.id),
        "amount": form.money(invoice.amount_remaining),
        "received": form.money(invoice.amount_paid),
        "due_date": form.day(invoice.due_date(settings.time_zone)),
        "method": method_name(method, texts.said["words.card"], texts.said["words.account"]),
    }
    if upcoming is not None:
        found["next_attempt"] = form.day(upcoming)
    if invoice.word.promise is not None:
        found["promised"] = form.day(invoice.word.promise.by_date)
    if method is not None and method.expires_on is not None:
        found["expires"] = form.month(method.expires_on - timedelta(days=1))
    return found


def _figures(message: WantedMessage, facts: Facts, texts: Texts, fillers: dict[str, str]) -> list[_Figure]:
    """The rows of the mail's little table, the amount that it is about last but the date."""
    words = {name: texts.said[f"words.{name}"] for name in ("invoice", "received", "amount_due", "due_date")}
    rows = [_Figure(words["invoice"], fillers["number"])]
    if message.kind in _SETTLED:
        return [*rows, _Figure(words["received"], fillers["received"], strong=True)]
    if facts.invoice.partially_paid:
        rows.append(_Figure(words["received"], fillers["received"]))
    rows.append(_Figure(words["amount_due"], fillers["amount"], strong=True))
    if not facts.invoice.charges_automatically:
        rows.append(_Figure(words["due_date"], fillers["due_date"]))
    return rows
