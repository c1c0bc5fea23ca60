"""What an owner is told: versions of the settings, exceptions, and all that was decided on an invoice."""

from dataclasses import dataclass
from datetime import datetime

from dunwell.domain.customers import MessageRecord
from dunwell.domain.decision import Action
from dunwell.domain.invoices import Invoice
from dunwell.domain.payments import Foresight
from dunwell.domain.reasons import Reason
from dunwell.records import Facts


@dataclass(frozen=True, slots=True)
class SettingsVersion:
    """One version of the owner's settings: the document (`body`, JSON), the file that it was read from
    (`text`), by whom, when (UTC) and why. What was written by hand has only a body."""

    version: int
    body: str
    text: str | None = None
    by: str | None = None
    at: datetime | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """An exception made for an invoice or a customer (`subject`): when (UTC), what, by whom and why."""

    subject: str
    at: datetime
    name: str
    what: str
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One decision on an invoice, and with which settings; the same at later looks is not kept. `foresight`
    is what a model told of the next payment attempt."""

    at: datetime
    settings_version: int
    reasons: tuple[Reason, ...]
    next_action: Action | None = None
    next_payment_attempt: datetime | None = None
    wanted_keys: tuple[str, ...] = ()
    foresight: Foresight | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One open invoice in the book, with the newest decision on it."""

    invoice: Invoice
    entry: LedgerEntry | None


@dataclass(frozen=True, slots=True)
class Story:
    """What is stored of an invoice: its facts, the decisions on it, the mails about it, and the exceptions
    that were made for it or for its customer, oldest first."""

    facts: Facts
    ledger: tuple[LedgerEntry, ...]
    mails: tuple[MessageRecord, ...]
    changes: tuple[ChangeRecord, ...] = ()
