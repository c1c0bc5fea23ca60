"""What an owner has done for one invoice or customer: paused, kept out, retried otherwise or at once.

Each change is written to the processor, whose event has it decided on, and into a record with who, when, why.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from dunwell.domain import exceptions
from dunwell.domain.days import local_date
from dunwell.domain.invoices import Invoice, Status
from dunwell.domain.policies import RetryPolicy
from dunwell.domain.rests import ANSWERED_KEY
from dunwell.errors import ObjectMissingError
from dunwell.history import ChangeRecord
from dunwell.ports import Annotations, ChangeLog, Clock, Queues, SettingsStore
from dunwell.use_cases.book import Book, Look
from dunwell.use_cases.operations import RefusedError
from dunwell.workers import Worker

DAYS_MAX: Final = 366
"""Days until which an exception may last."""

METADATA_MAX: Final = 400
"""Characters of a reason: the processor keeps 500 of a value, and who gave it stands beside it."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for something, and why."""

    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Exceptions:
    """`subject` is an invoice's id or a customer's (`in_...`, `cus_...`)."""

    annotations: Annotations
    book: Book
    settings: SettingsStore
    changes: ChangeLog
    queues: Queues
    clock: Clock

    def pause(self, subject: str, until: date, asker: Asker) -> None:
        """Rests everything about an invoice or a customer until a day. Raises `RefusedError`."""
        self._check_end(until)
        told = exceptions.paused(until, _reason(asker), asker.by)
        self._check_pursued(subject)
        self._write(subject, "paused", f"until {until}", told, asker)

    def resume(self, subject: str, asker: Asker) -> None:
        self._write(subject, "resumed", "", exceptions.resumed(), asker)

    def exempt(self, subject: str, asker: Asker) -> None:
        """Keeps an invoice or a customer out, until it is included again. Raises `RefusedError`."""
        told = exceptions.kept_out(_reason(asker), asker.by)
        self._check_pursued(subject)
        self._write(subject, "exempted", "", told, asker)

    def include(self, subject: str, asker: Asker) -> None:
        self._write(subject, "included", "", exceptions.included(), asker)

    def schedule(self, subject: str, rule: str, until: date | None, asker: Asker) -> None:
        """Has an invoice or a customer retried by a rule of their own; an empty one ends it. Raises
        `RefusedError`."""
        if rule and exceptions.rule_of(rule, RetryPolicy()) is None:
            right = "off, smart, even, or days after the attempt before, like 3,5,7"
            raise RefusedError(f"rule: {rule!r} is none; write {right}")
        if until is not None:
            self._check_end(until)
        why = _reason(asker) if rule else ""
        invoice = self._check_pursued(subject) if rule else None
        if invoice is not None and not invoice.charges_automatically:
            raise RefusedError(f"{subject} is sent to be paid: nothing is retried on it")
        told = exceptions.scheduled(rule, until, why, asker.by)
        what = (f"by {rule}" if rule else "by the settings") + (f" until {until}" if until else "")
        self._write(subject, "scheduled", what, told, asker)

    def give_up(self, invoice_id: str, asker: Asker) -> None:
        """Has an invoice marked uncollectible in the next night, once it is past due; not while a payment is
        processing or an outcome unknown, as ever."""
        _check_invoice(invoice_id)
        told = exceptions.given_up(_reason(asker), asker.by)
        self._check_pursued(invoice_id)
        self._write(invoice_id, "given up", "", told, asker)

    def answer(self, invoice_id: str, asker: Asker) -> None:
        """Says that a payer's dispute is answered: collecting goes on. Raises `RefusedError` where there is
        none to answer."""
        _check_invoice(invoice_id)
        self._check_pursued(invoice_id)
        with _known(invoice_id):
            invoice = self.book.peek(invoice_id).facts.invoice
        if invoice.word.dispute is None or ANSWERED_KEY in invoice.metadata:
            raise RefusedError(f"{invoice_id} is not disputed, or was answered already: nothing to answer")
        today = local_date(self.clock.now(), self.settings.current().time_zone)
        self._write(invoice_id, "answered", "", exceptions.answered(today), asker)

    def retry_now(self, invoice_id: str, asker: Asker) -> None:
        """Has an invoice tried at once, where a retry may be made. Raises `RefusedError` with why not."""
        _check_invoice(invoice_id)
        with _known(invoice_id):
            look = self.book.update(lambda: self._asking(invoice_id, asker))
        if look is not None:
            self._record(invoice_id, "retried now", "", asker)
            self.queues.send(Worker.RETRY_EXECUTION, [{"invoice_id": invoice_id}])

    def send_again(self, invoice_id: str, asker: Asker) -> None:
        """Has an open invoice mailed again, within the customer's hours and budget. Raises `RefusedError`."""
        _check_invoice(invoice_id)
        with _known(invoice_id):
            self.book.update(lambda: self._mailing(invoice_id))
        self._record(invoice_id, "mailed again", "", asker)

    def _mailing(self, invoice_id: str) -> Look:
        look = self.book.with_mail(self.book.peek(invoice_id))
        asked_at = look.facts.invoice.mail_asked_at
        if not any(message.not_before == asked_at for message in look.decision.wanted_messages):
            reasons = "; ".join(reason.text for reason in look.decision.reasons)
            raise RefusedError(f"{invoice_id} is not mailed just now: {reasons}")
        return look

    def _asking(self, invoice_id: str, asker: Asker) -> Look:
        look = self.book.peek(invoice_id)
        if not self.book.offers(look).retry:
            reasons = "; ".join(reason.text for reason in look.decision.reasons)
            raise RefusedError(f"{invoice_id} may not be tried just now: {reasons}")
        by = f"{asker.why} ({asker.by})" if asker.why else asker.by
        word = replace(look.facts.invoice.word, retry_asked_at=self.clock.now(), retry_asked_by=by)
        return self.book.with_word(look, word)

    def _check_pursued(self, subject: str) -> Invoice | None:
        """The invoice that a subject is, None for a customer. Raises `RefusedError` for one that is closed:
        nothing is done about it any more, whatever is written on it."""
        if _kind(subject) == "customer":
            return None
        with _known(subject):
            invoice = self.book.peek(subject).facts.invoice
        if invoice.status not in (Status.DRAFT, Status.OPEN):
            raise RefusedError(f"{subject} is {invoice.status}: nothing is done about it any more")
        return invoice

    def _check_end(self, until: date) -> None:
        """Raises `RefusedError` for a day that is past, today or beyond a year."""
        days = (until - local_date(self.clock.now(), self.settings.current().time_zone)).days
        if not 1 <= days <= DAYS_MAX:
            raise RefusedError(f"until: {until} is no day from tomorrow on, within a year")

    def _write(self, subject: str, name: str, what: str, metadata: dict[str, str], asker: Asker) -> None:
        with _known(subject):
            self.annotations.annotate(_kind(subject), subject, metadata)
        self._record(subject, name, what, asker)

    def _record(self, subject: str, name: str, what: str, asker: Asker) -> None:
        self.changes.keep(ChangeRecord(subject, self.clock.now(), name, what, asker.by, asker.why))


@contextmanager
def _known(subject: str) -> Iterator[None]:
    """Raises `RefusedError` where the processor does not know the subject."""
    try:
        yield
    except ObjectMissingError as missing:
        raise RefusedError(f"the processor does not know {subject}") from missing


def _kind(subject: str) -> Literal["invoice", "customer"]:
    if subject.startswith("in_"):
        return "invoice"
    if subject.startswith("cus_"):
        return "customer"
    raise RefusedError(f"{subject}: an invoice's id begins with in_, a customer's with cus_")


def _check_invoice(subject: str) -> None:
    """Raises `RefusedError` for a customer's id."""
    if _kind(subject) != "invoice":
        raise RefusedError(f"{subject} is a customer; name one of their invoices, in_...")


def _reason(asker: Asker) -> str:
    """Why, which whoever reads it later needs. Raises `RefusedError` where it is missing or too long."""
    why = asker.why.strip()
    if not 1 <= len(why) <= METADATA_MAX:
        raise RefusedError(f"say why (--why) in 1 to {METADATA_MAX} characters")
    return why
