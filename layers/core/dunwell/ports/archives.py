"""What the owner decided, what was learnt of payments, and what the report counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dunwell.domain.payment_records import PaymentRecord
    from dunwell.domain.policies import Settings
    from dunwell.domain.recovery import Tally
    from dunwell.domain.smart_retries.lessons import LearntLessons, Lessons
    from dunwell.history import ChangeRecord, SettingsVersion


class TallyStore(Protocol):
    """What things were counted for, and the sums of it by day and section."""

    def of(self, key: str) -> Tally | None:
        """What a thing was counted for, read consistently."""
        ...

    def replace(self, key: str, before: Tally | None, after: Tally) -> None:
        """Counts a thing otherwise than before, and corrects the sums, in one transaction. Raises
        `StaleFactsError` when it was counted otherwise since `before` was read."""
        ...

    def sums(self, since: date, until: date) -> Iterable[tuple[date, str, Mapping[str, int]]]:
        """The sums of all days within [`since`, `until`]: the day, the section, its numbers by their names.
        What is zero is left out, and a section of nothing else."""
        ...


class SettingsStore(Protocol):
    def current(self, at_least: int = 0) -> Settings:
        """The owner's settings, no older than some seconds and this version."""
        ...


class ChangeLog(Protocol):
    """What the owner had done for one invoice or customer."""

    def keep(self, change: ChangeRecord) -> None: ...

    def of(self, subject: str) -> Iterable[ChangeRecord]:
        """The changes of an invoice or a customer, oldest first."""
        ...


class SettingsHistory(Protocol):
    """All versions of the settings, as documents."""

    def newest(self) -> SettingsVersion | None: ...

    def version(self, number: int) -> SettingsVersion | None: ...

    def versions(self, count_max: int) -> Iterable[SettingsVersion]:
        """The newest versions, the newest first."""
        ...

    def keep(self, made: SettingsVersion) -> None:
        """Writes a version that is not there. Raises `StaleFactsError` when it is."""
        ...


class PaymentStore(Protocol):
    """The records of attempts that ended. `InvoiceStore.save` writes them."""

    def of_customer(
        self, customer_id: str, count_max: int, until: datetime | None = None
    ) -> Sequence[PaymentRecord]:
        """A customer's last records, oldest first; with `until` the last of those made until then."""
        ...

    def of_issuer(self, issuer: str, since: datetime, until: datetime) -> Sequence[PaymentRecord]:
        """The last records on cards of an issuer within [`since`, `until`], oldest first, from an index
        that may lag."""
        ...

    def of_day(self, day: date) -> Iterable[list[PaymentRecord]]:
        """The records of attempts made on a day (UTC), page by page."""
        ...

    def parts_of(self, day: date) -> Sequence[str]:
        """The names of the parts that a day's records lie in."""
        ...

    def page(self, part: str, after: str | None) -> tuple[Sequence[PaymentRecord], str | None]:
        """Some records of a part, and what to give as `after` for those that follow, None when none do."""
        ...


class LessonsStore(Protocol):
    """What was learnt, version by version."""

    def promoted(self) -> Lessons:
        """The lessons that plans are made with; those of nobody as long as there are none."""
        ...

    def newest(self) -> LearntLessons | None:
        """The last version learnt, promoted or not; None before the first night."""
        ...

    def keep(self, learnt: LearntLessons) -> None:
        """Keeps a version, and promotes it if it says so. Again, it changes nothing."""
        ...

    def versions(self) -> Sequence[LearntLessons]:
        """The last versions, the newest first, without their counts."""
        ...

    def roll_back(self, version: str) -> bool:
        """Promotes a version that is kept, or the one that nothing has taught (`UNLEARNT`). False where there
        is none of that name."""
        ...
