"""Every night: learns from the attempts whose invoices have come to rest, and promotes what predicts
better."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dunwell.domain.payment_records import OWN_MAX
from dunwell.domain.smart_retries.at_rest import AtRest, at_rest, at_rest_after
from dunwell.domain.smart_retries.contest import Contest
from dunwell.domain.smart_retries.lessons import LearntLessons
from dunwell.domain.smart_retries.standing import Standing, reported
from dunwell.ports import Clock, LessonsStore, PaymentStore, SettingsStore, Telling
from dunwell.use_cases.advice import of_issuer

BACK_MAX: Final = timedelta(days=62)
"""So many days back the first night begins."""

DAYS_MAX: Final = 14
"""Days learnt in one run; what is left is learnt the next night."""


@dataclass(frozen=True, slots=True)
class RetryLearning:
    """Learns each day once, when the windows of the invoices that failed on it are over, an automation's
    longer ones too."""

    payments: PaymentStore
    lessons: LessonsStore
    settings: SettingsStore
    clock: Clock
    telling: Telling

    def run(self) -> int:
        """Returns how many days were learnt. Stopped anywhere, it goes on where it was; a day learnt again
        gives the same version."""
        rest = max(map(at_rest_after, self.settings.current().retry_policies))
        until = (self.clock.now() - rest).date()
        newest = self.lessons.newest()
        day = newest.until + timedelta(days=1) if newest else until - BACK_MAX
        learnt = 0
        while day <= until and learnt < DAYS_MAX:
            self._learn(day, newest)
            newest = self.lessons.newest()
            day += timedelta(days=1)
            learnt += 1
        return learnt

    def _learn(self, day: date, newest: LearntLessons | None) -> None:
        contest = self._contest(newest)
        night = contest.after(self._at_rest(day), f"{day}")
        against = contest.champion.version
        learnt = LearntLessons(
            night.contest.challenger, day, night.promoted, night.standing.as_report(), against
        )
        self.lessons.keep(learnt)
        self.telling.count("LessonsPromoted", int(night.promoted))
        self.telling.note("learnt from a day's attempts", day=f"{day}", promoted=str(night.promoted))

    def _contest(self, newest: LearntLessons | None) -> Contest:
        if newest is None:
            return Contest()
        champion = self.lessons.promoted()
        still = not newest.promoted and newest.against == champion.version
        return Contest(champion, newest.lessons, reported(newest.report) if still else Standing())

    def _at_rest(self, day: date) -> Iterator[AtRest]:
        """The invoices whose first attempt failed on a day."""
        policy = self.settings.current().retry
        for page in self.payments.of_day(day):
            for record in page:
                if record.is_first and not record.succeeded:
                    own = self.payments.of_customer(record.customer_id, 2 * OWN_MAX)
                    issuer = of_issuer(self.payments, record.group, record.at)
                    found = at_rest(record.invoice_id, own, issuer, policy)
                    if found is not None:
                        yield found
