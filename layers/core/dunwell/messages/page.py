"""The hosted invoice page over Jinja2: what a view says, in the customer's language and the owner's look."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dunwell.domain.invoices import Invoice, Status
from dunwell.domain.limits import NOTE_MAX
from dunwell.domain.offers import Choice
from dunwell.domain.past_due import days_past_due
from dunwell.domain.payers_word import Complaint
from dunwell.domain.payments import Outcome
from dunwell.domain.policies import Settings
from dunwell.messages.colours import readable_on
from dunwell.messages.formats import Format, format_for, method_name, plain, web_address
from dunwell.messages.texts import Texts, negotiated, texts_in
from dunwell.records import PageView

LANGUAGE_NAMES: Final = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "it": "Italiano",
    "ja": "日本語",
    "nl": "Nederlands",
    "pt": "Português",
}
"""Each language as those who speak it call it."""

_STILL_OWED: Final = frozenset({Status.OPEN, Status.UNCOLLECTIBLE})


MISSING: Final = ("page.missing.title", "page.missing.body")
LATER: Final = ("page.problem.title", "page.problem.later")
"""Title and text of the two pages that show no invoice."""


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page, and the source expression by which a content security policy admits its style."""

    html: str
    style_source: str


class PageComposer:
    """Renders `templates/page.html` and `templates/missing.html`; the environment is built on first use."""

    def page(self, view: PageView, token: str) -> Page:
        """The page that a token opens."""
        settings, customer, invoice = view.settings, view.facts.customer, view.facts.invoice
        texts = texts_in(
            negotiated(customer.preferred_locales, settings.branding.language), settings.messages.texts
        )
        form = format_for(customer, texts.language, customer.zone(settings.time_zone))
        fillers = _fillers(view, texts, form)
        values = {
            **_look(settings),
            "language": texts.language,
            "languages": LANGUAGE_NAMES,
            "say": partial(texts.fill, fillers=fillers),
            "token": token,
            "fillers": fillers,
            "words": {name: texts.said[f"words.{name}"] for name in ("amount_due", "received", "due_date")},
            "owed": invoice.status in _STILL_OWED,
            "part_paid": invoice.partially_paid,
            "states": _states(view),
            "pay_link": web_address(invoice.hosted_invoice_url) if _can_be_paid(view) else None,
            "needs_payer": invoice.payment_action_required,
            "lines": _lines(view, form),
            "sums": _sums(view, form),
            "more_lines": view.bill is not None and view.bill.more,
            "pdf": web_address(view.bill.pdf_url) if view.bill else None,
            "history": _history(view, texts, form, fillers),
            "offers": view.offers,
            "complaints": [complaint.value for complaint in Complaint],
            "note_max": NOTE_MAX,
            "problem": _problem(view, texts, form, fillers),
            "done": _done(view, fillers),
        }
        return self._rendered("page.html", values)

    def missing(self, accepted: str, settings: Settings, told: tuple[str, str] = MISSING) -> Page:
        """What stands where there is no page, in the first language that a browser accepts."""
        preferred = [part.split(";")[0].strip() for part in accepted.split(",")[:20]]
        texts = texts_in(negotiated(preferred, settings.branding.language), settings.messages.texts)
        say = partial(texts.fill, fillers={})
        return self._rendered(
            "missing.html", {**_look(settings), "language": texts.language, "say": say, "told": told}
        )

    def _rendered(self, name: str, values: dict[str, Any]) -> Page:
        style = self._html.get_template("page.css").render(values)
        digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
        html = self._html.get_template(name).render({**values, "style": Markup(style)})  # noqa: S704 - our own rules, and a checked colour
        return Page(html, f"sha256-{digest}")

    @cached_property
    def _html(self) -> Environment:
        return Environment(
            loader=PackageLoader("dunwell.messages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    value: str
    quantity: int | None = None


def _look(settings: Settings) -> dict[str, Any]:
    branding = settings.branding
    return {
        "sender": plain(branding.name),
        "icon": branding.icon,
        "accent": branding.accent,
        "on_accent": readable_on(branding.accent),
        "address": plain(branding.address),
        "reply_to": branding.reply_to,
    }


def _fillers(view: PageView, texts: Texts, form: Format) -> dict[str, str]:
    """What may stand in the braces of the page's texts, as far as it is known."""
    invoice, settings = view.facts.invoice, view.settings
    word, method = invoice.word, invoice.payment_method
    found = {
        "sender": plain(settings.branding.name),
        "number": plain(invoice.number or invoice.id),
        "amount": form.money(invoice.amount_remaining),
        "received": form.money(invoice.amount_paid),
        "due_date": form.day(invoice.due_date(settings.time_zone)),
        "method": method_name(method, texts.said["words.card"], texts.said["words.account"]),
        "limit": str(NOTE_MAX),
        "reply_to": plain(settings.branding.reply_to or ""),
    }
    if view.decision.next_payment_attempt is not None:
        found["next_attempt"] = form.day(view.decision.next_payment_attempt)
    if word.picked is not None:
        found["day"] = form.day(word.picked.day)
    if word.promise is not None:
        found["promised"] = form.day(word.promise.by_date)
    return found


def _states(view: PageView) -> list[str]:
    """The keys of what the page says of the invoice's state, the most important first."""
    invoice = view.facts.invoice
    if not invoice.is_open:
        return [f"page.state.{invoice.status.value}"] if invoice.status is not Status.DRAFT else []
    if invoice.payment_processing or any(a.outcome is Outcome.PROCESSING for a in view.facts.attempts):
        return ["page.state.processing"]
    return [_due(invoice, view.settings), *_what_is_next(view)]


def _due(invoice: Invoice, settings: Settings) -> str:
    late = days_past_due(invoice, settings, invoice.read_at) > 0
    return "page.state.overdue" if late else "page.state.due"


def _what_is_next(view: PageView) -> list[str]:
    invoice, rules = view.facts.invoice, {reason.rule for reason in view.decision.reasons}
    if invoice.payment_action_required:
        return ["page.state.action_required"]
    told = [f"page.state.{rule}" for rule in ("disputed", "promised") if rule in rules]
    if told:
        return told
    if view.decision.next_payment_attempt is not None:
        return ["page.state.next_attempt"]
    stopped = {"hard_decline", "scheme_rule", "no_payment_method"} & rules
    return ["page.state.other_method"] if stopped and invoice.charges_automatically else []


def _can_be_paid(view: PageView) -> bool:
    invoice = view.facts.invoice
    return invoice.status in _STILL_OWED and "page.state.processing" not in _states(view)


def _lines(view: PageView, form: Format) -> list[_Row]:
    if view.bill is None:
        return []
    return [_Row(plain(line.description), form.money(line.amount), line.quantity) for line in view.bill.lines]


def _sums(view: PageView, form: Format) -> list[_Row]:
    """What stands under the lines: only sums that say something."""
    bill = view.bill
    if bill is None:
        return []
    parts = [("discount", -bill.discount.amount, bill.discount), ("tax", bill.tax.amount, bill.tax)]
    rows = [_Row(f"page.{name}", form.money(money)) for name, amount, money in parts if amount]
    first = [_Row("page.subtotal", form.money(bill.subtotal))] if rows else []
    return [*first, *rows, _Row("page.total", form.money(bill.total))]


def _done(view: PageView, fillers: dict[str, str]) -> str | None:
    """The text that confirms a choice, None where there is nothing (any more) that it could be about."""
    word = view.facts.invoice.word
    about = {
        Choice.RETRY: word.retry_asked_at is not None,
        Choice.PICK_DAY: word.picked is not None,
        Choice.PROMISE: "promised" in fillers,
        Choice.DISPUTE: word.dispute is not None,
        Choice.UNSUBSCRIBE: True,
    }
    return f"page.{view.done}.done" if view.done is not None and about.get(view.done) else None


def _problem(view: PageView, texts: Texts, form: Format, fillers: dict[str, str]) -> str | None:
    """Why a choice was not taken down, and what would be right."""
    if view.problem is None:
        return None
    days = {"first": form.day(view.days.first), "last": form.day(view.days.last)} if view.days else {}
    return texts.fill(f"page.problem.{view.problem}", {**fillers, **days})


def _history(view: PageView, texts: Texts, form: Format, fillers: dict[str, str]) -> list[_Row]:
    """What has happened, the oldest first: what anybody did, never why a bank refused."""
    invoice, word = view.facts.invoice, view.facts.invoice.word
    happened: list[tuple[datetime, str, dict[str, str]]] = []
    if invoice.finalized_at is not None:
        happened.append((invoice.finalized_at, "finalized", {}))
    happened += [
        (attempt.started_at, attempt.outcome.value, {})
        for attempt in view.facts.attempts
        if attempt.outcome is not Outcome.UNKNOWN
    ]
    happened += [(one.made_at, "promised", {"promised": form.day(one.by_date)}) for one in word.promises]
    if word.picked is not None:
        happened.append((word.picked.made_at, "day_picked", {"day": form.day(word.picked.day)}))
    if word.retry_asked_at is not None:
        happened.append((word.retry_asked_at, "retry_asked", {}))
    if word.dispute is not None:
        paid = word.dispute.complaint is Complaint.ALREADY_PAID
        happened.append((word.dispute.made_at, "already_paid" if paid else "disputed", {}))
    return [
        _Row(form.day(at), texts.fill(f"page.happened.{name}", {**fillers, **more}))
        for at, name, more in sorted(happened, key=lambda one: one[0])
    ]
