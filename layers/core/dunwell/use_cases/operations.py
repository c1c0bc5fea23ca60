"""What an owner does: looks at settings and changes them, and asks of an invoice or a customer why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from dunwell.domain.days import local_date
from dunwell.domain.outlook import Expected
from dunwell.domain.policies import Settings
from dunwell.errors import StaleFactsError
from dunwell.history import ChangeRecord, Line, SettingsVersion, Story
from dunwell.ports import (
    Agenda,
    ChangeLog,
    Clock,
    CustomerStore,
    InvoiceStore,
    PaymentStore,
    Queues,
    SettingsHistory,
    TallyStore,
    Telling,
)
from dunwell.records import CustomerFile
from dunwell.settings import Problem, problems_in, read_plain
from dunwell.workers import Worker

if TYPE_CHECKING:
    from dunwell.use_cases.backtest import Backtest, Retold
    from dunwell.use_cases.preview import Preview

VERSIONS_TOLD: Final = 50
"""Versions that the history lists."""

DOCUMENT_MAX: Final = 300_000
"""Bytes of settings with the file that they were read from: an item of the table holds 400 kB."""


class RefusedError(ValueError):
    """What was asked for is not done; the text says why, and what would be right."""

    def __init__(self, text: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(text)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the settings: by whom and why, and on which version (0: none) it was made."""

    by: str
    why: str
    on_version: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What the report is made of: numbers by section, and by day and currency."""

    sections: Mapping[str, Mapping[str, int]]
    days: Mapping[str, Mapping[str, Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class Operations:
    """Every change is a version of its own, with who, when and why; none is ever written over.

    `preview` and `backtest` are made when one of them is asked for: they alone need what decides.
    """

    history: SettingsHistory
    invoices: InvoiceStore
    customers: CustomerStore
    agenda: Agenda
    payments: PaymentStore
    changes: ChangeLog
    tallies: TallyStore
    preview: Callable[[], Preview]
    backtest: Callable[[], Backtest]
    queues: Queues
    clock: Clock
    telling: Telling

    def settings(self, version: int | None = None) -> SettingsVersion:
        """A version of the settings, the newest without a number. Raises `RefusedError` for one unknown."""
        found = self.history.newest() if version is None else self.history.version(version)
        if found is None:
            told = (
                "there are no settings yet: it observes"
                if version is None
                else f"there is no version {version}"
            )
            raise RefusedError(f"{told}; `dunwell settings history` lists what there is")
        return found

    def versions(self) -> list[SettingsVersion]:
        """The newest versions, the newest first."""
        return list(self.history.versions(VERSIONS_TOLD))

    def apply(
        self, document: Mapping[str, Any], body: str, text: str | None, change: Change
    ) -> SettingsVersion:
        """Makes a document (`body` as JSON, `text` as its owner wrote it) the newest version, and has the
        whole book decided again with it. The same document again changes nothing; the same change again, as
        after an answer that was lost, has the book decided again in case the first was cut short.

        Raises `RefusedError` for a wrong document, or where somebody else was faster.
        """
        problems = problems_in(document)
        if problems:
            raise RefusedError("these settings cannot be used", problems)
        size = len(body.encode()) + len((text or "").encode())
        if size > DOCUMENT_MAX:
            raise RefusedError(f"{size} bytes of settings are too many; {DOCUMENT_MAX} fit")
        newest = self.history.newest()
        current = newest.version if newest is not None else 0
        if newest is not None and newest.body == body:
            if change.on_version < current:
                self._plan_again(current)
            return newest
        if change.on_version != current:
            by = f" by {newest.by}" if newest is not None and newest.by else ""
            told = f"version {current} was applied{by} meanwhile"
            raise RefusedError(f"{told}; look at it (`dunwell settings show`), then do it again")
        made = SettingsVersion(current + 1, body, text, change.by, self.clock.now(), change.why)
        try:
            self.history.keep(made)
        except StaleFactsError as lost:
            raise RefusedError("somebody else applied settings at this moment; look at them first") from lost
        self._plan_again(made.version)
        self.telling.count("SettingsApplied")
        return made

    def roll_back(self, version: int, document: Mapping[str, Any], change: Change) -> SettingsVersion:
        """Makes an earlier version's document (`document` is what its body says) the newest one again."""
        found = self.settings(version)
        why = f"back to version {version}" + (f": {change.why}" if change.why else "")
        return self.apply(document, found.body, found.text, replace(change, why=why))

    def expected(
        self, customer_id: str, document: Mapping[str, Any] | None, days: int
    ) -> dict[str, list[Expected]]:
        """What would be done about a customer within so many days: with the settings that hold (`now`), and
        with those of a document (`new`). Raises `RefusedError` for a wrong document."""
        preview = self.preview()
        found = {"now": preview.of_customer(customer_id, self._held(), days)}
        if document is not None:
            found["new"] = preview.of_customer(customer_id, _tried(document), days)
        return found

    def last_day_told(self, document: Mapping[str, Any]) -> date:
        """The last day (UTC) of which a backtest of a document can tell: what failed later may still be
        retried. Raises `RefusedError` for a wrong document."""
        return self.backtest().last_day(self._held(), _tried(document))

    def retold(
        self, document: Mapping[str, Any], part: str, after: str | None
    ) -> tuple[list[Retold], int, str | None]:
        """What a document would have done with the invoices that first failed in a part of a day, of how many
        too little is known, and where the next page begins. Raises `RefusedError` for a wrong document."""
        return self.backtest().page(part, after, _tried(document))

    def book_page(self, part: str, after: str | None) -> tuple[list[Line], str | None]:
        """The open invoices on a page of the agenda, each with its newest decision; where the next begins."""
        entries, following = self.agenda.page(part, after)
        invoices = [entry.id for entry in entries if entry.worker is not Worker.REMINDER_DISPATCH]
        found = ((self.invoices.load(one), self.invoices.last_entry(one)) for one in invoices)
        return [Line(facts.invoice, entry) for facts, entry in found if facts is not None], following

    def recovered(self, since: date, until: date) -> dict[str, int]:
        """What attempts after the first one collected from day to day (UTC), in minor units by currency."""
        sums: Counter[str] = Counter()
        for number in range((until - since).days + 1):
            for page in self.payments.of_day(since + timedelta(days=number)):
                for record in page:
                    if record.succeeded and not record.is_first:
                        sums[record.amount.currency] += record.amount.amount
        return dict(sums)

    def today(self) -> date:
        """The calendar day it is now in the owner's zone."""
        newest = self.history.newest()
        zone = json.loads(newest.body).get("time_zone", "UTC") if newest is not None else "UTC"
        return local_date(self.clock.now(), zone)

    def report(self, since: date, until: date) -> Counted:
        """What is counted of all that failed, and was mailed, from day to day (your zone): by section, and
        each currency's totals by day."""
        sections: dict[str, Counter[str]] = {}
        days: dict[str, dict[str, Mapping[str, int]]] = {}
        for day, section, counts in self.tallies.sums(since, until):
            sections.setdefault(section, Counter()).update(counts)
            currency, _, what = section.partition("#")
            if what == "total":
                days.setdefault(day.isoformat(), {})[currency] = counts
        return Counted(sections, days)

    def invoice(self, invoice_id: str) -> Story:
        """What is stored of an invoice, with every decision on it. Raises `RefusedError` for one unknown."""
        facts = self.invoices.load(invoice_id)
        if facts is None:
            raise RefusedError(f"nothing is known of {invoice_id}; an invoice's id is Stripe's, like in_1...")
        file = self.customers.load(facts.invoice.customer_id)
        records = file.customer.records if file is not None else ()
        told = tuple(record for record in records if record.is_about(invoice_id))
        subjects = (invoice_id, facts.invoice.customer_id)
        changes = sorted(
            (one for subject in subjects for one in self.changes.of(subject)), key=lambda one: one.at
        )
        return Story(facts, tuple(self.invoices.ledger(invoice_id)), told, tuple(changes))

    def customer(self, customer_id: str) -> tuple[CustomerFile, list[str], list[ChangeRecord]]:
        """What is stored of a customer, their open invoices, and the exceptions made for them, oldest first.
        Raises `RefusedError` for one unknown."""
        file = self.customers.load(customer_id)
        if file is None:
            raise RefusedError(
                f"nothing is known of {customer_id}; a customer's id is Stripe's, like cus_..."
            )
        return file, list(self.invoices.ids_of_customer(customer_id)), list(self.changes.of(customer_id))

    def _held(self) -> Settings:
        """The settings that hold."""
        newest = self.history.newest()
        return read_plain(json.loads(newest.body), newest.version) if newest is not None else Settings()

    def _plan_again(self, version: int) -> None:
        """Has everything that lies in the agenda decided again: a message for each of its parts, from which a
        page at a time is read."""
        parts = ({"plan_again": part, "settings_version": str(version)} for part in self.agenda.parts())
        self.queues.send(Worker.EVENT_PROCESSING, parts)


def _tried(document: Mapping[str, Any]) -> Settings:
    """The settings of a document that is only tried."""
    problems = problems_in(document)
    if problems:
        raise RefusedError("these settings cannot be used", problems)
    return read_plain(document, 0)
