"""Automations: other settings for some invoices, chosen by conditions. The first that matches counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dunwell.domain.customers import Customer
from dunwell.domain.exceptions import excepted
from dunwell.domain.invoices import Invoice
from dunwell.domain.money import Money
from dunwell.domain.payments import Attempt
from dunwell.domain.policies import Amounts, Applied, Asked, Conditions, Settings


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a customer's recorded payments came to, over all their invoices (the last sixty)."""

    failed: int = 0
    succeeded: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """What conditions may look at: an invoice with its attempts, its customer, and what they did before."""

    invoice: Invoice
    attempts: Sequence[Attempt]
    customer: Customer
    behaviour: Behaviour
    now: datetime

    @property
    def decline_code(self) -> str | None:
        """The code of the last attempt that failed."""
        failed = [
            attempt for attempt in self.attempts if attempt.counts and attempt.failed and attempt.failure
        ]
        last = max(failed, key=lambda attempt: (attempt.started_at, attempt.id), default=None)
        return last.failure.classified_on if last is not None and last.failure is not None else None

    @property
    def languages(self) -> tuple[str, ...]:
        """The language that the customer prefers, without its variant; none where they named none."""
        return tuple(
            name.replace("_", "-").split("-")[0].lower() for name in self.customer.preferred_locales[:1]
        )

    @property
    def customer_days(self) -> int | None:
        """For how many whole days the customer has been one, None where that is not told."""
        since = self.customer.created_at
        return (self.now - since).days if since is not None else None


def holds(when: Conditions, case: Case) -> bool:
    """Whether all that is asked is so."""
    return all(found for _, found in _answers(when, case))


def in_words(when: Conditions, case: Case) -> str:
    """What is asked, in words, for the reason of a decision."""
    return ", ".join(asked for asked, _ in _answers(when, case)) or "every invoice"


def settings_for(case: Case, settings: Settings) -> Settings:
    """What counts for an invoice: the settings of the first automation that matches, else the owner's, and
    the exceptions that were made for it or its customer."""
    return excepted(case.invoice, case.customer, _automated(case, settings), case.now)


def _automated(case: Case, settings: Settings) -> Settings:
    for automation in settings.automations:
        if holds(automation.when, case):
            applied = Applied(automation.name, in_words(automation.when, case))
            return replace(automation.settings, version=settings.version, applied=applied)
    return settings


def asks_of_behaviour(when: Conditions) -> bool:
    return when.payments_failed_at_least is not None or when.payments_succeeded_at_least is not None


def metadata_asked(settings: Settings) -> frozenset[str]:
    """The customers' metadata that automations ask for, beside that which is meant for Dunwell."""
    return frozenset(key for automation in settings.automations for key in automation.when.customer_metadata)


def _answers(when: Conditions, case: Case) -> Iterator[tuple[str, bool]]:
    """Each thing that is asked, and whether it is so."""
    invoice, customer, days = case.invoice, case.customer, case.customer_days
    due, code = invoice.amount_due, case.decline_code
    if when.amount_at_least:
        yield f"amount at least {_amounts(when.amount_at_least)}", _reaches(due, when.amount_at_least)
    if when.amount_below:
        below = due.currency in when.amount_below and not _reaches(due, when.amount_below)
        yield f"amount below {_amounts(when.amount_below)}", below
    yield from _one_of("currency", when.currency, (due.currency,))
    yield from _one_of("collection method", when.collection_method, (invoice.collection_method.value,))
    yield from _one_of("billing reason", when.billing_reason, _some(invoice.billing_reason))
    yield from _one_of("product", when.product, invoice.products)
    yield from _metadata("invoice", when.invoice_metadata, invoice.metadata)
    yield from _one_of("country", when.country, _some(customer.country))
    yield from _one_of("language", when.language, case.languages)
    yield from _metadata("customer", when.customer_metadata, customer.metadata)
    if when.customer_days_at_least is not None:
        reached = days is not None and days >= when.customer_days_at_least
        yield f"a customer for at least {when.customer_days_at_least} days", reached
    if when.customer_days_below is not None:
        fresh = days is not None and days < when.customer_days_below
        yield f"a customer for fewer than {when.customer_days_below} days", fresh
    yield from _one_of("decline code", when.decline_code, _some(code))
    if when.payments_failed_at_least is not None:
        enough = case.behaviour.failed >= when.payments_failed_at_least
        yield f"at least {when.payments_failed_at_least} payments failed before", enough
    if when.payments_succeeded_at_least is not None:
        enough = case.behaviour.succeeded >= when.payments_succeeded_at_least
        yield f"at least {when.payments_succeeded_at_least} payments succeeded before", enough


def _some(value: str | None) -> tuple[str, ...]:
    return (value,) if value is not None else ()


def _one_of(what: str, asked: tuple[str, ...], found: Sequence[str]) -> Iterator[tuple[str, bool]]:
    if asked:
        yield f"{what} {' or '.join(asked)}", bool(set(asked) & set(found))


def _metadata(whose: str, asked: Asked, found: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    for key, values in asked.items():
        yield f"{whose}'s {key} {' or '.join(values)}", found.get(key) in values


def _reaches(due: Money, least: Amounts) -> bool:
    return due.currency in least and due.amount >= least[due.currency]


def _amounts(amounts: Amounts) -> str:
    return " or ".join(f"{Money(amount, code).major} {code.upper()}" for code, amount in amounts.items())
