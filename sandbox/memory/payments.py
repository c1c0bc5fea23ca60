"""`PaymentStore` and `LessonsStore` in memory."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from dunwell.domain.payment_records import PaymentRecord
from dunwell.domain.smart_retries.lessons import UNLEARNT, LearntLessons, Lessons

PAGE: Final = 50


@dataclass
class MemoryPayments:
    records: dict[str, PaymentRecord] = field(default_factory=dict)

    def add(self, records: Iterable[PaymentRecord]) -> None:
        """What `InvoiceStore.save` writes."""
        self.records |= {record.id: record for record in records}

    def of_customer(
        self, customer_id: str, count_max: int, until: datetime | None = None
    ) -> Sequence[PaymentRecord]:
        return self._found(
            lambda record: record.customer_id == customer_id and (until is None or record.at <= until)
        )[-count_max:]

    def of_issuer(self, issuer: str, since: datetime, until: datetime) -> Sequence[PaymentRecord]:
        return self._found(
            lambda record: (
                since <= record.at <= until and record.method is not None and record.method.issuer == issuer
            )
        )

    def of_day(self, day: date) -> Iterable[list[PaymentRecord]]:
        found = self._found(lambda record: record.at.date() == day)
        return [found] if found else []

    def parts_of(self, day: date) -> Sequence[str]:
        return [f"{day}"]

    def page(self, part: str, after: str | None) -> tuple[Sequence[PaymentRecord], str | None]:
        found = self._found(lambda record: record.at.date() == date.fromisoformat(part))
        begins = int(after or 0)
        ends = begins + PAGE
        return found[begins:ends], str(ends) if ends < len(found) else None

    def _found(self, wanted: Callable[[PaymentRecord], bool]) -> list[PaymentRecord]:
        return sorted(filter(wanted, self.records.values()), key=lambda record: (record.at, record.id))


@dataclass
class MemoryLessons:
    kept: dict[str, LearntLessons] = field(default_factory=dict)
    current: str = UNLEARNT

    def promoted(self) -> Lessons:
        return self.kept[self.current].lessons if self.current in self.kept else Lessons()

    def newest(self) -> LearntLessons | None:
        return self.kept[max(self.kept)] if self.kept else None

    def keep(self, learnt: LearntLessons) -> None:
        self.kept[learnt.lessons.version] = learnt
        if learnt.promoted:
            self.current = learnt.lessons.version

    def versions(self) -> Sequence[LearntLessons]:
        return [
            LearntLessons(Lessons(name), one.until, one.promoted, one.report)
            for name, one in sorted(self.kept.items(), reverse=True)
        ]

    def roll_back(self, version: str) -> bool:
        if version != UNLEARNT and version not in self.kept:
            return False
        self.current = version
        return True
