"""`Composer` over Jinja2, Babel and css-inline: facts and a decision become a mail in HTML and equal text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from css_inline import CSSInliner
from jinja2 import Environment

from dunwell.domain.customers import Customer, MessageKind
from dunwell.domain.money import Money
from dunwell.messages.formats import header, web_address
from dunwell.messages.variants import notes_of, variant_of
from dunwell.messages.wording import Wording, environment, look_of, wording_of
from dunwell.records import Mail, MailItem

_QUOTED: Final = re.compile(r'\s*[()<>@,:;\\"\[\]]+\s*')
"""What a sender's name needs quotes for, which Pythons before 3.13.1 drop where they fold the header."""

_SETTLED: Final = frozenset({MessageKind.PAYMENT_RECEIVED})
"""Mails that tell what was received, not what is due."""

_ASKS_FOR_NOTHING: Final = _SETTLED | {MessageKind.PROMISE_CONFIRMED}
"""Mails that need no word about a payment that crossed them."""


class TemplateComposer:
    """Renders `templates/mail.{html,txt}`; the environments are built on first use."""

    def compose(self, items: Sequence[MailItem]) -> Mail:
        """See `Composer`. The customer must have an address (`decide_contact` sees to it)."""
        item = items[0]
        message, customer, branding = item.message, item.facts.customer, item.settings.branding
        if customer.email is None:
            raise ValueError(f"{message.key}: a mail needs an address")
        wording = wording_of(item.facts, item.decision, item.settings)
        said = _one(item, wording) if len(items) == 1 else _statement(items, wording)
        link = item.link
        greeting = "mail.greeting" if wording.fillers["name"] else "mail.greeting_nameless"
        values = {
            **look_of(branding),
            **said,
            "logo": web_address(branding.logo_url),
            "language": wording.texts.language,
            "greeting": wording.say(greeting),
            "say": wording.say,
            "asks": message.kind not in _ASKS_FOR_NOTHING,
            "unsubscribe": link.unsubscribe_url,
        }
        return Mail(
            to=customer.email,
            subject=header(said["subject"]),
            html=self._inliner.inline(self._html.get_template("mail.html").render(values)),
            text=self._text.get_template("mail.txt").render(values),
            sender_name=header(_QUOTED.sub(" ", branding.name)),
            reply_to=branding.reply_to,
            unsubscribe_url=link.unsubscribe_url,
            tags={"customer": customer.id, "kind": message.kind, **_message_tags(items)},
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
    """One row of the mail's table; a statement's has what is next and a link below its label."""

    label: str
    value: str
    strong: bool = False
    notes: tuple[str, ...] = ()
    link: str | None = None
    action: str | None = None


def _one(item: MailItem, wording: Wording) -> dict[str, Any]:
    """What a mail about one invoice says."""
    variant = variant_of(item.message, item.facts, item.decision, item.settings)
    return {
        "subject": wording.say(f"{variant}.subject"),
        "body": wording.say(f"{variant}.body"),
        "figures": _figures(item, wording),
        "link": web_address(item.link.url),
        "action": wording.say(f"{variant}.action"),
    }


def _statement(items: Sequence[MailItem], wording: Wording) -> dict[str, Any]:
    """What a mail about several says: how many, how much in all, and a row for each."""
    invoices = [item.facts.invoice for item in items]
    owed: dict[str, int] = {}
    for invoice in invoices:
        left = invoice.amount_remaining
        owed[left.currency] = owed.get(left.currency, 0) + left.amount
    total = wording.form.several([wording.form.money(Money(amount, name)) for name, amount in owed.items()])
    fillers = {"count": str(len(items)), "total": total}
    return {
        "subject": wording.say("statement.subject", **fillers),
        "body": wording.say("statement.body", **fillers),
        "figures": [_row(item, items[0].facts.customer) for item in items],
        "link": None,
        "action": None,
    }


def _message_tags(items: Sequence[MailItem]) -> dict[str, str]:
    """What ties the mail to its record, and a statement to the others that it tells (`message-2` onwards)."""
    others = {f"message-{number}": item.message.key for number, item in enumerate(items[1:], start=2)}
    return {"message": items[0].message.key, **others}


def _row(item: MailItem, reader: Customer) -> _Figure:
    """One invoice of a statement, in the reader's language, whatever was chosen on its own page."""
    wording = wording_of(replace(item.facts, customer=reader), item.decision, item.settings)
    notes = notes_of(item.message, item.facts, item.decision, item.settings)
    return _Figure(
        wording.fillers["number"],
        wording.fillers["amount"],
        strong=True,
        notes=tuple(wording.say(note) for note in notes),
        link=web_address(item.link.url),
        action=wording.say("statement.action"),
    )


def _figures(item: MailItem, wording: Wording) -> list[_Figure]:
    """The rows of the mail's little table, the amount that it is about last but the date."""
    say, fillers, message, facts = wording.say, wording.fillers, item.message, item.facts
    rows = [_Figure(say("words.invoice"), fillers["number"])]
    if message.kind in _SETTLED:
        return [*rows, _Figure(say("words.received"), fillers["received"], strong=True)]
    if facts.invoice.partially_paid:
        rows.append(_Figure(say("words.received"), fillers["received"]))
    rows.append(_Figure(say("words.amount_due"), fillers["amount"], strong=True))
    if not facts.invoice.charges_automatically:
        rows.append(_Figure(say("words.due_date"), fillers["due_date"]))
    return rows
