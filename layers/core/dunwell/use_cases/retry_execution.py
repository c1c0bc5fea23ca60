"""Makes one payment attempt: looked at afresh, written first, charged once, recorded."""

from dataclasses import dataclass, replace

from dunwell.domain.decision import ActionKind
from dunwell.domain.payments import Attempt, Origin, Outcome, next_attempt_number
from dunwell.ports import AttemptRate, Clock, Processor, Telling
from dunwell.records import ChargeResult
from dunwell.use_cases.book import Book, Look


@dataclass(frozen=True, slots=True)
class Charging:
    """Sends an attempt that is already written, and records what came of it. Shared with the resolution."""

    book: Book
    processor: Processor
    telling: Telling

    def charge(self, look: Look, attempt: Attempt) -> None:
        """Charges once under the attempt's own key and records the outcome on a fresh look."""
        if attempt.idempotency_key is None:
            raise ValueError(f"attempt {attempt.id} has no idempotency key")
        result = self.processor.charge(look.facts.invoice.id, attempt.idempotency_key)
        self.telling.count(f"Attempts{result.outcome.title().replace('_', '')}")
        code = result.failure.classified_on if result.failure else None
        self.telling.note("attempt made", attempt=attempt.id, outcome=result.outcome, code=code)
        told = _told(attempt, result)
        self.book.update(lambda: self.book.look_after(look, told))


@dataclass(frozen=True, slots=True)
class RetryExecution:
    """One payment attempt on one invoice, if it is still right and due."""

    book: Book
    charging: Charging
    rate: AttemptRate
    clock: Clock
    telling: Telling

    def run(self, invoice_id: str) -> bool:
        """Returns whether an attempt was made. A message of an outdated plan does nothing.

        Where another invoice is attempted on the same card just now, both are looked at one after the other.
        Raises `ProcessorUnavailableError`, and `StaleFactsError` when somebody else was faster each time:
        the queue redelivers.
        """
        admitted = False

        def begin() -> Look | None:
            nonlocal admitted
            look = self.book.look(invoice_id)
            if look.due(ActionKind.ATTEMPT_PAYMENT) is None:
                return look
            admitted = admitted or self._admit(look)
            return self.book.with_attempt(look, self._new_attempt(look)) if admitted else None

        look = self.book.update(begin)
        return look is not None and self._charge(look)

    def _admit(self, look: Look) -> bool:
        """Whether the settings allow one more attempt this hour. If not it stays due: the lease of its entry
        ends, and it is dispatched again."""
        admitted = self.rate.admit(self.clock.now(), look.settings.attempts_per_hour)
        if not admitted:
            self.telling.count("AttemptsHeldBack")
            self.telling.warn("more attempts this hour than the settings allow")
        return admitted

    def _charge(self, look: Look) -> bool:
        """Charges the attempt that was begun with this look, if one was."""
        attempt = look.facts.begun(look.before)
        if attempt is None:
            self.telling.note("attempt no longer right or not yet due")
            return False
        if not look.is_fresh(self.clock.now()):
            self.telling.warn("too slow to charge on this reading; resolved later")
            return False
        self.charging.charge(look, attempt)
        return True

    def _new_attempt(self, look: Look) -> Attempt:
        invoice = look.facts.invoice
        number = next_attempt_number(look.facts.attempts)
        planned = look.decision.planned_retry
        method = invoice.payment_method
        return Attempt(
            id=f"dunwell-{number:03d}",
            origin=Origin.DUNWELL,
            started_at=self.clock.now(),
            outcome=Outcome.UNKNOWN,
            amount=invoice.amount_remaining,
            number=number,
            method=method.identity if method else None,
            method_id=method.id if method else None,
            intended=method.identity if method else None,
            method_kind=method.kind if method else "card",
            idempotency_key=f"dunwell-{invoice.id}-attempt-{number:03d}",
            foresight=planned.foresight if planned else None,
        )


def _told(attempt: Attempt, result: ChargeResult) -> Attempt:
    return replace(
        attempt,
        outcome=result.outcome,
        failure=result.failure,
        charge_id=result.charge_id,
        charged=result.charged,
    )
