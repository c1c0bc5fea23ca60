"""Decisions as the book makes them, but on facts as they are told: the processor is not asked, and nothing is
written."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from dunwell.domain.automations import Behaviour, Case, metadata_asked, settings_for
from dunwell.domain.customers import Customer
from dunwell.domain.decision import Decision, decide
from dunwell.domain.outlook import Standing
from dunwell.domain.policies import Settings
from dunwell.domain.rests import remembered
from dunwell.domain.timing import RetryModel
from dunwell.use_cases.advice import Advice


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Decides with some settings (an outlook's `Decider`). What advises on an invoice is read once: nothing
    else happens meanwhile."""

    advice: Advice
    settings: Settings
    _models: dict[tuple[str, object], RetryModel] = field(default_factory=dict)
    _behaviours: dict[str, Behaviour] = field(default_factory=dict)

    def __call__(self, standing: Standing, customer: Customer, at: datetime) -> tuple[Standing, Decision]:
        attempts, invoice = standing.attempts, replace(standing.invoice, read_at=at)
        chosen = self.chosen(standing, customer, at)
        invoice = remembered(invoice, standing.invoice, customer, chosen, at)
        model = self._model(Standing(invoice, attempts), customer, chosen)
        decision = decide(invoice, attempts, customer, chosen, model, at)
        return Standing(replace(invoice, planned_retry=decision.planned_retry), attempts), decision

    def chosen(self, standing: Standing, customer: Customer, at: datetime) -> Settings:
        """The settings that count for an invoice."""
        known, invoice = customer.keeping(metadata_asked(self.settings)), standing.invoice
        if invoice.id not in self._behaviours:
            self._behaviours[invoice.id] = self.advice.behaviour(invoice, self.settings, at)
        case = Case(invoice, standing.attempts, known, self._behaviours[invoice.id], at)
        return settings_for(case, self.settings)

    def _model(self, standing: Standing, customer: Customer, chosen: Settings) -> RetryModel:
        key = (standing.invoice.id, chosen.retry)
        begun = any(attempt.failed for attempt in standing.attempts)
        if not begun or key not in self._models:
            found = self.advice.on(standing.invoice, standing.attempts, customer, chosen)
            if not begun:
                return found
            self._models[key] = found
        return self._models[key]
