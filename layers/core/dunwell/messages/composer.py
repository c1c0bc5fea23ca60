"""`Composer` over Jinja2, Babel and css-inline: facts and a decision become a mail in HTML and equal text."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from css_inline import CSSInliner
from jinja2 import Environment

from dunwell.domain.customers import MessageKind, WantedMessage
from dunwell.domain.decision import Decision
from dunwell.domain.policies import Settings
from dunwell.messages.formats import header, web_address
from dunwell.messages.variants import variant_of
from dunwell.messages.wording import Wording, environment, look_of, wording_of
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
        branding, wording = settings.branding, wording_of(facts, decision, settings)
        greeting = "mail.greeting" if wording.fillers["name"] else "mail.greeting_nameless"
        variant = variant_of(message, facts, decision, settings)
        values = {
            **look_of(branding),
            "logo": web_address(branding.logo_url),
            "language": wording.texts.language,
            "greeting": wording.say(greeting),
            "say": wording.say,
            "variant": variant,
            "figures": _figures(message, facts, wording),
            "asks": message.kind not in _ASKS_FOR_NOTHING,
            "link": web_address(link.url),
            "unsubscribe": f"{link.unsubscribe_url}#unsubscribe" if link.unsubscribe_url else None,
        }
        return Mail(
            to=facts.customer.email,
            subject=header(wording.say(f"{variant}.subject")),
            html=self._inliner.inline(self._html.get_template("mail.html").render(values)),
            text=self._text.get_template("mail.txt").render(values),
            sender_name=header(_QUOTED.sub(" ", branding.name)),
            reply_to=branding.reply_to,
            unsubscribe_url=link.unsubscribe_url,
            tags={"customer": facts.customer.id, "kind": message.kind, "message": message.key},
        )

    @cached_property
    def _html(self) -> Environment:
        return environment(escaped=True)

    @cached_property
    def _text(self) -> Environment:
        return environment(escaped=False)

    @cached_property
    def _inliner(self) -> CSSInliner:
        """The rules stay in the head, too: those for the dark and for narrow screens hold nowhere else."""
        return CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class _Figure:
    label: str
    value: str
    strong: bool = False


def _figures(message: WantedMessage, facts: Facts, wording: Wording) -> list[_Figure]:
    """The rows of the mail's little table, the amount that it is about last but the date."""
    say, fillers = wording.say, wording.fillers
    rows = [_Figure(say("words.invoice"), fillers["number"])]
    if message.kind in _SETTLED:
        return [*rows, _Figure(say("words.received"), fillers["received"], strong=True)]
    if facts.invoice.partially_paid:
        rows.append(_Figure(say("words.received"), fillers["received"]))
    rows.append(_Figure(say("words.amount_due"), fillers["amount"], strong=True))
    if not facts.invoice.charges_automatically:
        rows.append(_Figure(say("words.due_date"), fillers["due_date"]))
    return rows
