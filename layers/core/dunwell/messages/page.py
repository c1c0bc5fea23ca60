"""The hosted invoice page over Jinja2: what a view says, in the customer's language and the owner's look."""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any, Final

from jinja2 import Environment

from dunwell.domain.invoices import Status
from dunwell.domain.limits import NOTE_MAX
from dunwell.domain.offers import Choice
from dunwell.domain.payers_word import Complaint, PayersWord
from dunwell.domain.payments import Outcome
from dunwell.domain.policies import Settings
from dunwell.messages.formats import Format, plain, web_address
from dunwell.messages.texts import negotiated, texts_in
from dunwell.messages.variants import is_overdue, needs_another_method
from dunwell.messages.wording import Wording, environment, look_of, wording_of
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

DESCRIPTION_MAX: Final = 200
"""Characters of a line's description that the page shows; the PDF has all of it."""

MISSING: Final = ("page.missing.title", "page.missing.body")
LATER: Final = ("page.problem.title", "page.problem.later")
UNSUBSCRIBED: Final = ("mail.unsubscribe", "page.unsubscribe.done")
UNSUBSCRIBING: Final = ("mail.unsubscribe", "page.unsubscribe.note", "page.unsubscribe.button")
"""Title and text of the pages that show no invoice, and the button of the one that asks."""


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page, and the source expression by which a content security policy admits its style."""

    html: str
    style_source: str


class PageComposer:
    """Renders `templates/page.html` and `templates/notice.html`; the environment is built on first use."""

    def page(self, view: PageView, token: str) -> Page:
        """The page that a token opens."""
        invoice, wording = view.facts.invoice, wording_of(view.facts, view.decision, view.settings)
        values = {
            **_look(view.settings),
            "language": wording.texts.language,
            "languages": LANGUAGE_NAMES,
            "say": wording.say,
            "token": token,
            "fillers": wording.fillers,
            "owed": invoice.status in _STILL_OWED,
            "part_paid": invoice.partially_paid,
            "states": _states(view),
            "pay_link": web_address(invoice.hosted_invoice_url) if _can_be_paid(view) else None,
            "needs_payer": invoice.payment_action_required,
            "lines": _lines(view, wording.form),
            "sums": _sums(view, wording.form),
            "more_lines": view.bill is not None and view.bill.more,
            "pdf": web_address(view.bill.pdf_url) if view.bill else None,
            "history": _history(view, wording),
            "offers": view.offers,
            "complaints": [complaint.value for complaint in Complaint],
            "note_max": NOTE_MAX,
            "problem": _problem(view, wording),
            "tried": view.refused.choice.value if view.refused else None,
            "kept": _kept(view),
            "done": _done(view),
        }
        return self._rendered("page.html", values)

    def notice(self, told: tuple[str, ...], preferred_locales: Sequence[str], settings: Settings) -> Page:
        """A page that shows no invoice: `MISSING`, `LATER`, `UNSUBSCRIBED` or `UNSUBSCRIBING`."""
        language = negotiated(preferred_locales, settings.branding.language)
        texts, look = texts_in(language, settings.messages.texts), _look(settings)
        say = partial(texts.fill, fillers={"sender": look["sender"]})
        return self._rendered("notice.html", {**look, "language": language, "say": say, "told": told})

    def _rendered(self, name: str, values: dict[str, Any]) -> Page:
        style = self._html.get_template("page.css").render(values)
        digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
        html = self._html.get_template(name).render({**values, "style": style})
        return Page(html, f"sha256-{digest}")

    @cached_property
    def _html(self) -> Environment:
        return environment(escaped=True)


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    value: str
    quantity: int | None = None


def _look(settings: Settings) -> dict[str, Any]:
    branding = settings.branding
    return {**look_of(branding), "icon": branding.icon, "reply_to": plain(branding.reply_to or "")}


def _states(view: PageView) -> list[str]:
    """The keys of what the page says of the invoice's state, the most important first."""
    invoice = view.facts.invoice
    if not invoice.is_open:
        return [f"page.state.{invoice.status.value}"] if invoice.status is not Status.DRAFT else []
    if invoice.payment_processing or any(a.outcome is Outcome.PROCESSING for a in view.facts.attempts):
        return ["page.state.processing"]
    late = is_overdue(invoice, view.facts.customer, view.settings)
    return ["page.state.overdue" if late else "page.state.due", *_what_is_next(view)]


def _what_is_next(view: PageView) -> list[str]:
    invoice, rules = view.facts.invoice, {reason.rule for reason in view.decision.reasons}
    if invoice.payment_action_required:
        return ["page.state.action_required"]
    if "disputed" in rules:
        return ["page.state.already_paid" if _says_paid(invoice.word) else "page.state.disputed"]
    if "promised" in rules:
        return ["page.state.promised"]
    if view.decision.next_payment_attempt is not None:
        return ["page.state.next_attempt"]
    return ["page.state.other_method"] if needs_another_method(invoice, view.decision) else []


def _can_be_paid(view: PageView) -> bool:
    invoice = view.facts.invoice
    return invoice.status in _STILL_OWED and "page.state.processing" not in _states(view)


def _lines(view: PageView, form: Format) -> list[_Row]:
    if view.bill is None:
        return []
    return [
        _Row(_shortened(plain(line.description)), form.money(line.amount), line.quantity)
        for line in view.bill.lines
    ]


def _shortened(text: str) -> str:
    return text if len(text) <= DESCRIPTION_MAX else f"{text[: DESCRIPTION_MAX - 1]}…"


def _sums(view: PageView, form: Format) -> list[_Row]:
    """What stands under the lines: only sums that say something."""
    bill = view.bill
    if bill is None:
        return []
    parts = [("discount", -bill.discount.amount, bill.discount), ("tax", bill.tax.amount, bill.tax)]
    rows = [_Row(f"page.{name}", form.money(money)) for name, amount, money in parts if amount]
    first = [_Row("page.subtotal", form.money(bill.subtotal))] if rows else []
    return [*first, *rows, _Row("page.total", form.money(bill.total))]


def _done(view: PageView) -> str | None:
    """The text that confirms a choice; None where it is over: tried, its day past, answered."""
    word, now = view.facts.invoice.word, view.facts.invoice.read_at
    asked_at = word.retry_asked_at if word.retry_asked_by is None else None
    tried = any(asked_at is not None and one.started_at >= asked_at for one in view.facts.attempts)
    rules = {reason.rule for reason in view.decision.reasons}
    about = {
        Choice.RETRY: asked_at is not None and not tried,
        Choice.PICK_DAY: word.picked is not None and now < word.picked.at,
        Choice.PROMISE: "promised" in rules,
        Choice.DISPUTE: "disputed" in rules,
    }
    return f"page.{view.done}.done" if view.done is not None and about.get(view.done) else None


def _says_paid(word: PayersWord) -> bool:
    return word.dispute is not None and word.dispute.complaint is Complaint.ALREADY_PAID


def _problem(view: PageView, wording: Wording) -> str | None:
    """Why a choice was not taken down, and what would be right."""
    if view.refused is None:
        return None
    form, days = wording.form, view.refused.days
    between = {"first": form.day(days.first), "last": form.day(days.last)} if days else {}
    return wording.say(f"page.problem.{view.refused.problem}", limit=str(NOTE_MAX), **between)


def _kept(view: PageView) -> dict[str, str]:
    """What was filled in with a choice that was not taken down, to be mended; a note keeps its lines."""
    form = view.refused.form if view.refused else {}
    return {name: "\n".join(plain(line) for line in told.splitlines()) for name, told in form.items()}


def _history(view: PageView, wording: Wording) -> list[_Row]:
    """What has happened, the oldest first: what anybody did, never why a bank refused."""
    invoice, word, form = view.facts.invoice, view.facts.invoice.word, wording.form
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
    if word.retry_asked_at is not None and word.retry_asked_by is None:
        happened.append((word.retry_asked_at, "retry_asked", {}))
    if word.dispute is not None:
        what = "already_paid" if _says_paid(word) else "disputed"
        happened.append((word.dispute.made_at, what, {}))
    return [
        _Row(form.day(at), wording.say(f"page.happened.{name}", **more))
        for at, name, more in sorted(happened, key=lambda one: one[0])
    ]
