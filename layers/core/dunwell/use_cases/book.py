"""The book of invoices: every worker looks into it afresh, decides, and writes it back.

It joins what is stored with what the processor says now, and asks the domain what is next. It is the
only place that calls `decide`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from dunwell.domain.announcements import Announced, news
from dunwell.domain.asking import not_asked
from dunwell.domain.attribution import attribute
from dunwell.domain.automations import metadata_asked, settings_for
from dunwell.domain.bills import Bill
from dunwell.domain.decision import Action, ActionKind, Decision, decide
from dunwell.domain.limits import CARD_WINDOW, NETWORK_LATENESS_MAX, PROCESSOR_STATE_MAX_AGE
from dunwell.domain.offers import Offers, offers
from dunwell.domain.payers_word import PayersWord
from dunwell.domain.payment_records import new_records
from dunwell.domain.payments import Attempt, PaymentMethod
from dunwell.domain.policies import Settings
from dunwell.domain.reasons import Reason
from dunwell.domain.recovery import recovery_of
from dunwell.domain.rests import remembered
from dunwell.errors import ObjectMissingError
from dunwell.ports import Clock, InvoiceStore, Processor, SettingsStore, Telling
from dunwell.records import Facts, Reading, attempt_key, card_key
from dunwell.use_cases.advice import Advice
from dunwell.use_cases.announcing import published
from dunwell.use_cases.races import again_when_stale

_LOUD: Final = {
    "processor_retries": "ProcessorAlsoRetries",
    "attempt_unproven": "AttemptUnproven",
    "processor_refuses": "ProcessorRefuses",
}
"""Reasons that people must hear of, and the metrics that alarms watch."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at an invoice: what was stored (`before`), what is so now, what is decided on it, and what it
    is for (`bill`). Nothing of it is older than `began_at`: the payer's word is read before the invoice."""

    before: Facts | None
    facts: Facts
    decision: Decision
    settings: Settings
    began_at: datetime
    bill: Bill | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Whether all of it is young enough to charge, mail or end a pursuit on (M2, R1)."""
        return now - self.began_at <= PROCESSOR_STATE_MAX_AGE

    def due(self, kind: ActionKind) -> Action | None:
        """The next action, if it is of this kind and due at the time of the look."""
        action = self.decision.next_action
        return action if action and action.is_due(kind, self.facts.invoice.read_at) else None


@dataclass(frozen=True, slots=True)
class Book:
    """The invoices' facts and the decisions on them."""

    invoices: InvoiceStore
    processor: Processor
    settings: SettingsStore
    advice: Advice
    clock: Clock
    telling: Telling

    def look(self, invoice_id: str) -> Look:
        """Reads what is stored and what the processor says, and decides.

        Raises `ProcessorUnavailableError` as the processor does, and `ObjectMissingError`, for which an
        invoice that is stored leaves the agenda: nothing is ever done about what the processor lacks.
        """
        try:
            return self.peek(invoice_id)
        except ObjectMissingError:
            before = self.invoices.load(invoice_id)
            if before is not None:
                self._close_missing(before)
            raise

    def peek(self, invoice_id: str) -> Look:
        """The same look, which never writes: for those who only want to see. Raises as `look` does."""
        began_at, before = self.clock.now(), self.invoices.load(invoice_id)
        return self._decided(began_at, before, self.processor.read_invoice(invoice_id), ())

    def look_after(self, look: Look, attempt: Attempt) -> Look:
        """Another look, reading everything again, in which `attempt` is what an answer tells of it.

        Whoever else asked meanwhile may know more: what is stored learns, it is not replaced.
        """
        began_at, before = self.clock.now(), self.invoices.load(look.facts.invoice.id)
        known = next((a for a in before.own_attempts if a.id == attempt.id), attempt) if before else attempt
        reading = self.processor.read_invoice(look.facts.invoice.id)
        return self._decided(began_at, before, reading, (known.learning(attempt),))

    def with_attempt(self, look: Look, attempt: Attempt) -> Look:
        """The same look with one more attempt, or a changed one: what is written before a charge."""
        others = tuple(known for known in look.facts.attempts if known.id != attempt.id)
        facts = replace(look.facts, attempts=(*others, attempt))
        decision = self._decide(facts, look.settings)
        return replace(look, facts=facts, decision=decision)

    def with_word(self, look: Look, word: PayersWord) -> Look:
        """The same look with what the payer has told us now."""
        customer, told = look.facts.customer.preferring(word.locale), replace(look.facts.invoice, word=word)
        invoice = remembered(told, look.facts.invoice, customer, look.settings, self.clock.now())
        facts = replace(look.facts, invoice=invoice, customer=customer)
        return replace(look, facts=facts, decision=self._decide(facts, look.settings))

    def with_mail(self, look: Look) -> Look:
        """The same look with the owner's wish that the invoice is mailed again now."""
        invoice = replace(look.facts.invoice, mail_asked_at=self.clock.now())
        facts = replace(look.facts, invoice=invoice)
        return replace(look, facts=facts, decision=self._decide(facts, look.settings))

    def update(self, read: Callable[[], Look | None], event_id: str | None = None) -> Look | None:
        """Writes what `read` finds; when somebody else was faster, reads again. Returns what was written, or
        None when there was nothing to write.

        Raises `StaleFactsError` when it was too late each time.
        """

        def written() -> Look | None:
            look = read()
            if look is not None:
                self.write(look, event_id)
            return look

        return again_when_stale(written)

    def write(self, look: Look, event_id: str | None = None) -> None:
        """Writes facts and decision in one transaction, marking the event that led here as applied.

        Raises `StaleFactsError` when somebody else wrote in between.
        """
        invoice = replace(look.facts.invoice, planned_retry=look.decision.planned_retry)
        known, owner_zone = look.before.attempts if look.before else (), look.settings.time_zone
        zone = look.facts.customer.zone(owner_zone)
        before = (look.before.invoice, known) if look.before else None
        attempts, now = look.facts.attempts, self.clock.now()
        told, announced = news(before, invoice, attempts, look.facts.announced, owner_zone, now)
        next_attempt = look.decision.next_payment_attempt or invoice.processor_next_attempt_at
        facts = replace(
            look.facts,
            invoice=invoice,
            wanted=look.decision.wanted_messages,
            ended=tuple(new_records(look.facts.invoice, attempts, known, zone)),
            announced=announced,
            recovery=recovery_of(look.facts.recovery, invoice, attempts, look.settings, zone),
            news=published(told, announced, invoice, attempts, next_attempt, now),
        )
        self.invoices.save(look.before, facts, look.decision, look.settings.version, event_id)
        self._tell(look)

    def _close_missing(self, before: Facts) -> None:
        with self.telling.about(before.invoice.id):
            self.telling.warn("the processor no longer knows this invoice")
        gone = Decision(None, reasons=(Reason("missing", "the processor no longer knows this invoice"),))
        self.invoices.save(before, replace(before, wanted=()), gone, self.settings.current().version, None)

    def _decided(
        self, began_at: datetime, before: Facts | None, reading: Reading, changed: tuple[Attempt, ...]
    ) -> Look:
        settings = self.settings.current()
        own = {attempt.id: attempt for attempt in before.own_attempts} if before else {}
        own |= {attempt.id: attempt for attempt in changed}
        word = before.invoice.word if before else PayersWord()
        reading = replace(reading, invoice=replace(reading.invoice, word=word))
        attempts = self._attributed(own.values(), reading, settings)
        method, claims = self._with_history(reading, attempts)
        invoice = replace(
            reading.invoice,
            planned_retry=before.invoice.planned_retry if before else None,
            mail_asked_at=before.invoice.mail_asked_at if before else None,
            payment_method=method,
        )
        customer, known = reading.customer.preferring(word.locale), before.invoice if before else None
        customer = customer.keeping(metadata_asked(settings))
        case = self.advice.case(invoice, attempts, customer, settings, self.clock.now())
        settings = settings_for(case, settings)
        facts = Facts(
            remembered(invoice, known, customer, settings, self.clock.now()),
            attempts,
            customer,
            before.version if before else 0,
            before.wanted if before else (),
            card_claims=claims,
            announced=before.announced if before else Announced(),
            recovery=before.recovery if before else None,
        )
        return Look(before, facts, self._decide(facts, settings), settings, began_at, reading.bill)

    def offers(self, look: Look) -> Offers:
        """What the payer may choose on the page of an invoice that was just looked at."""
        facts, settings = look.facts, look.settings
        model = self.advice.on(facts.invoice, facts.attempts, facts.customer, settings)
        return offers(facts.invoice, facts.attempts, facts.customer, settings, model, self.clock.now())

    def _attributed(
        self, own: Collection[Attempt], reading: Reading, settings: Settings
    ) -> tuple[Attempt, ...]:
        """All attempts on an invoice. Where a key may not be sent again, the list of charges alone tells
        what became of an unknown one."""
        invoice = reading.invoice

        def attempts(*, chargeable: bool) -> tuple[Attempt, ...]:
            return attribute(
                own,
                reading.charges,
                invoice.processor_attempt_count,
                self.clock.now(),
                chargeable=chargeable,
                processor_charges=invoice.charges_automatically,
            )

        found = attempts(chargeable=True)
        may_ask = not_asked(invoice, found, reading.customer, settings, self.clock.now()) is None
        return found if may_ask else attempts(chargeable=False)

    def _with_history(
        self, reading: Reading, attempts: tuple[Attempt, ...]
    ) -> tuple[PaymentMethod | None, int]:
        """The payment method with every attempt on the same card, stored ones and those just read; and how
        many of ours were begun on it."""
        method = reading.invoice.payment_method
        if method is None:
            return None, 0
        since = self.clock.now() - CARD_WINDOW - NETWORK_LATENESS_MAX
        used = self.invoices.load_card(card_key(method.identity), since)
        stored = dict(used.attempted_at)
        stored |= {
            attempt_key(reading.invoice.id, attempt): attempt.last_asked_at
            for attempt in attempts
            if attempt.charged and attempt.method and card_key(attempt.method) == card_key(method.identity)
        }
        return replace(method, attempted_at=tuple(sorted(stored.values()))), used.claims

    def _decide(self, facts: Facts, settings: Settings) -> Decision:
        model = self.advice.on(facts.invoice, facts.attempts, facts.customer, settings)
        return decide(facts.invoice, facts.attempts, facts.customer, settings, model, self.clock.now())

    def _tell(self, look: Look) -> None:
        action = look.decision.next_action
        with self.telling.about(look.facts.invoice.id):
            if action is not None:
                self.telling.note("decided", next=action.kind, at=action.at.isoformat())
            for reason in look.decision.reasons:
                if reason.rule in _LOUD:
                    self.telling.count(_LOUD[reason.rule])
                    self.telling.warn(reason.text, rule=reason.rule)
