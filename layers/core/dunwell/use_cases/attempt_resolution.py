"""Resolves one attempt whose outcome is unknown, before anything else may be charged (M5b)."""

from dataclasses import dataclass, replace

from dunwell.domain.decision import ActionKind
from dunwell.domain.payments import Outcome
from dunwell.ports import Clock, Telling
from dunwell.use_cases.book import Book
from dunwell.use_cases.retry_execution import Charging


@dataclass(frozen=True, slots=True)
class AttemptResolution:
    """On an invoice that can still be charged the same key is sent again within 23 hours: the processor
    answers what it answered then, or makes the attempt now. Otherwise the charges themselves tell."""

    book: Book
    charging: Charging
    clock: Clock
    telling: Telling

    def run(self, invoice_id: str) -> None:
        """Raises `ProcessorUnavailableError` and `StaleFactsError`: the queue redelivers."""
        look = self.book.look(invoice_id)
        action = look.due(ActionKind.RESOLVE_ATTEMPT)
        if action is None:
            self.book.write(look)
            return
        attempt = next(
            a for a in look.facts.own_attempts
            if a.outcome is Outcome.UNKNOWN and a.number == action.attempt_number
        )  # fmt: skip
        asked = replace(attempt, asked=attempt.asked + 1, asked_at=self.clock.now())
        self.book.write(self.book.with_attempt(look, asked))
        if not look.is_fresh(self.clock.now()):
            self.telling.warn("too slow to resolve on this reading; asked later")
            return
        self.telling.count("AttemptsResolved")
        self.charging.charge(look, asked)
