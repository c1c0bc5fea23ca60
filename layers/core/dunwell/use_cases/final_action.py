"""Ends the pursuit of one invoice: credits a shortfall, or marks it uncollectible."""

from dataclasses import dataclass

from dunwell.domain.decision import FINAL_ACTIONS, Action, ActionKind
from dunwell.ports import Clock, InvoiceStore, Processor, Telling
from dunwell.records import FinalActionRecord
from dunwell.use_cases.book import Book, Look


@dataclass(frozen=True, slots=True)
class FinalAction:
    """One final action, with a record and a key of its own, written before the processor is called."""

    book: Book
    invoices: InvoiceStore
    processor: Processor
    clock: Clock
    telling: Telling

    def run(self, invoice_id: str) -> None:
        """Raises `ProcessorUnavailableError` and `StaleFactsError`: the queue redelivers."""
        look = self.book.look(invoice_id)
        action = look.decision.next_action
        if action is None or action.kind not in FINAL_ACTIONS or look.due(action.kind) is None:
            self.book.write(look)
            self.telling.note("final action no longer right or not yet due")
            return
        record = self.invoices.begin_final_action(look.facts, self._record(look, action))
        if not look.is_fresh(self.clock.now()):
            self.telling.warn("too slow to act on this reading; done later")
            return
        if record is not None and self._do(invoice_id, record):
            self.telling.count("ShortfallsCredited" if record.amount else "MarkedUncollectible")
            self.telling.note("pursuit ended", kind=action.kind)
        else:
            self.telling.count("FinalActionsRefused")
            why = "the processor refused" if record else "begun too often, or too lately to be begun anew"
            self.telling.warn(why, kind=action.kind)
        self.book.update(lambda: self.book.look(invoice_id))

    def _do(self, invoice_id: str, record: FinalActionRecord) -> bool:
        if record.kind == ActionKind.CREDIT_SHORTFALL and record.amount is not None:
            return self.processor.credit(invoice_id, record.amount, record.idempotency_key)
        return self.processor.mark_uncollectible(invoice_id, record.idempotency_key)

    def _record(self, look: Look, action: Action) -> FinalActionRecord:
        invoice = look.facts.invoice
        key = f"dunwell-{invoice.id}-{action.kind.replace('_', '-')}"
        return FinalActionRecord(action.kind, key, self.clock.now(), action.amount)
