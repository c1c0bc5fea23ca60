"""The hosted invoice page: what a link shows, and what the payer chooses on it. Looking changes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from dunwell.domain.decision import ActionKind
from dunwell.domain.limits import NOTE_MAX
from dunwell.domain.offers import Choice, Days, Offers, Problem, picked, promise_by
from dunwell.domain.payers_word import Complaint, Dispute, PayersWord
from dunwell.domain.policies import LANGUAGES
from dunwell.errors import ObjectMissingError, StaleFactsError
from dunwell.ports import Clock, CustomerStore, PageStore, Queues, Telling
from dunwell.records import Facts, PageView, Refused
from dunwell.use_cases.book import Book, Look
from dunwell.workers import Worker


class _RefusedError(Exception):
    def __init__(self, problem: Problem, days: Days | None = None) -> None:
        super().__init__(problem)
        self.problem, self.days = problem, days


@dataclass(frozen=True, slots=True)
class HostedInvoice:
    """Opens pages by their tokens, and takes down what payers choose as facts of their invoices."""

    pages: PageStore
    book: Book
    customers: CustomerStore
    queues: Queues
    clock: Clock
    telling: Telling

    def show(self, token: str, done: str | None = None) -> PageView | None:
        """What a token's page shows, None when it opens none. `done` names a choice that was just taken down.

        Raises `ProcessorUnavailableError`: the page cannot be shown just now.
        """
        link = self.pages.find(token)
        look = self._look(link.invoice_id) if link else None
        if look is None:
            return None
        return replace(self._view(look), done=Choice(done) if done in set(Choice) else None)

    def choose(self, token: str, name: str, form: Mapping[str, str]) -> PageView | None:
        """Takes down a choice (`name`, one of `Choice`) with what was filled in, and shows the page again.

        None where the token opens no page or there is no such choice. Raises `ProcessorUnavailableError`.
        """
        link = self.pages.find(token)
        if link is None or name not in _CHOSEN:
            return None
        try:
            look = self._take_down(link.invoice_id, Choice(name), form)
        except ObjectMissingError:
            return None
        except _RefusedError as refused:
            shown = self.show(token)
            return (
                replace(shown, refused=Refused(Choice(name), refused.problem, form, refused.days))
                if shown
                else None
            )
        self.telling.count(f"Payers{name.title().replace('_', '')}")
        self._hurry(look)
        return replace(self._view(look), done=Choice(name))

    def stored(self, token: str) -> Facts | None:
        """The invoice that a token opens and its customer as they are stored, without asking the processor;
        None where there is none."""
        link = self.pages.find(token)
        facts = self.book.invoices.load(link.invoice_id) if link else None
        file = self.customers.load(facts.customer.id) if facts else None
        return replace(facts, customer=file.customer) if facts and file else facts

    def unsubscribe(self, token: str) -> Facts | None:
        """Sends no more mails that only help to the customer of a token's invoice. Returns what is stored of
        that, None where the token opens no page. The processor is not asked: such mails end at any time."""
        facts = self.stored(token)
        if facts is not None:
            self.customers.unsubscribe(facts.customer.id, self.clock.now())
            self.telling.count("PayersUnsubscribe")
        return facts

    def _take_down(self, invoice_id: str, choice: Choice, form: Mapping[str, str]) -> Look:
        """Writes the fact that a choice is. Raises `_RefusedError` and `ObjectMissingError`."""
        try:
            written = self.book.update(lambda: self._with_choice(invoice_id, choice, form))
        except StaleFactsError as lost:
            raise _RefusedError(Problem.LATER) from lost
        if written is None:
            raise AssertionError("unreachable: a choice is always something to write")
        return written

    def _view(self, look: Look) -> PageView:
        offered = self.book.offers(look)
        return PageView(look.facts, look.decision, look.settings, look.bill, offered)

    def _look(self, invoice_id: str) -> Look | None:
        try:
            return self.book.peek(invoice_id)
        except ObjectMissingError:
            return None

    def _with_choice(self, invoice_id: str, choice: Choice, form: Mapping[str, str]) -> Look:
        """The invoice as it is now with one more fact. Raises `_RefusedError` where it is not offered."""
        look = self.book.peek(invoice_id)
        word = _CHOSEN[choice](_Asked(look, self.book.offers(look), form, self.clock.now()))
        return self.book.with_word(look, word)

    def _hurry(self, look: Look) -> None:
        """What became due by the choice need not wait for the next minute's dispatch."""
        action = look.decision.next_action
        if action is not None and action.is_due(ActionKind.ATTEMPT_PAYMENT, self.clock.now()):
            body = {"invoice_id": look.facts.invoice.id}
            self.queues.send(Worker.RETRY_EXECUTION, [body])


@dataclass(frozen=True, slots=True)
class _Asked:
    """One choice: the invoice, what is offered, what was filled in, when."""

    look: Look
    offers: Offers
    form: Mapping[str, str]
    now: datetime = field(repr=False)

    @property
    def word(self) -> PayersWord:
        return self.look.facts.invoice.word

    def day(self, offered: Days | None) -> date:
        """The day that was filled in. Raises `_RefusedError` where it is none of those offered."""
        if offered is None:
            raise _RefusedError(Problem.NOT_NOW)
        try:
            day = date.fromisoformat(self.form.get("day", ""))
        except ValueError:
            raise _RefusedError(Problem.DAY, offered) from None
        if day not in offered:
            raise _RefusedError(Problem.DAY, offered)
        return day


def _retry(asked: _Asked) -> PayersWord:
    if not asked.offers.retry:
        raise _RefusedError(Problem.NOT_NOW)
    return replace(asked.word, retry_asked_at=asked.now, retry_asked_by=None)


def _pick_day(asked: _Asked) -> PayersWord:
    day = asked.day(asked.offers.pick_day)
    chosen = picked(day, asked.look.facts.customer, asked.look.settings, asked.now)
    return replace(asked.word, picked=chosen)


def _promise(asked: _Asked) -> PayersWord:
    day = asked.day(asked.offers.promise)
    promise = promise_by(day, asked.look.facts.customer, asked.look.settings, asked.now)
    return asked.word.with_promise(promise)


def _dispute(asked: _Asked) -> PayersWord:
    if not asked.offers.dispute:
        raise _RefusedError(Problem.NOT_NOW)
    note, complaint = (
        asked.form.get("note", "").strip().replace("\r\n", "\n"),
        asked.form.get("complaint", ""),
    )
    if not note or len(note) > NOTE_MAX or complaint not in set(Complaint):
        raise _RefusedError(Problem.NOTE)
    return replace(asked.word, dispute=Dispute(asked.now, Complaint(complaint), note))


def _language(asked: _Asked) -> PayersWord:
    locale = asked.form.get("language", "")
    if locale not in LANGUAGES:
        raise _RefusedError(Problem.NOT_NOW)
    return replace(asked.word, locale=locale)


_CHOSEN: Final[Mapping[Choice, Callable[[_Asked], PayersWord]]] = {
    Choice.RETRY: _retry,
    Choice.PICK_DAY: _pick_day,
    Choice.PROMISE: _promise,
    Choice.DISPUTE: _dispute,
    Choice.LANGUAGE: _language,
}
