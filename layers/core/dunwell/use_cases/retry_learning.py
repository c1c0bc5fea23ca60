"""Every night: learns from the attempts whose invoices have come to rest, and promotes what predicts
better."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dunwell.domain.payment_records import OWN_MAX, PaymentRecord, case_at_rest
from dunwell.domain.policies import RetryPolicy
from dunwell.domain.smart_retries.contest import Contest, First, Standing
from dunwell.domain.smart_retries.posterior import Case
from dunwell.ports import Clock, LessonsStore, PaymentStore, SettingsStore, Telling
from dunwell.records import LearntLessons
from dunwell.use_cases.advice import of_issuer

REST: Final = timedelta(days=2)
"""After its window an invoice is left so long before it is learnt from: late retries, late news."""

BACK_MAX: Final = timedelta(days=62)
"""So many days back the first night begins."""

DAYS_MAX: Final = 14
"""Days learnt in one run; what is left is learnt the next night."""


@dataclass(frozen=True, slots=True)
class RetryLearning:
    """Learns each day once, when the windows of the invoices that failed on it are over."""

    payments: PaymentStore
    lessons: LessonsStore
    settings: SettingsStore
    clock: Clock
    telling: Telling

    def run(self) -> int:
        """Returns how many days were learnt. Stopped anywhere, it goes on where it was; a day learnt again
        gives the same version."""
        until = (self.clock.now() - at_rest_after(self.settings.current().retry)).date()
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
        firsts: list[First] = []
        cases = self._cases(day, firsts)
        contest, promoted = contest.after(firsts, cases, f"{day}")
        standing = contest.standing
        report = {"compared": standing.compared, "gain": standing.gain, "squares": standing.squares}
        self.lessons.keep(LearntLessons(contest.challenger, day, promoted, report))
        self.telling.count("LessonsPromoted", int(promoted))
        self.telling.note("learnt from a day's attempts", day=f"{day}", promoted=str(promoted))

    def _contest(self, newest: LearntLessons | None) -> Contest:
        if newest is None:
            return Contest()
        told = newest.report
        standing = Standing(int(told["compared"]), told["gain"], told["squares"])
        champion = self.lessons.promoted()
        return Contest(champion, newest.lessons, Standing() if newest.promoted else standing)

    def _cases(self, day: date, firsts: list[First]) -> Iterator[tuple[str, Case]]:
        """The invoices whose first attempt failed on a day; every first attempt of it is added to
        `firsts`."""
        for page in self.payments.of_day(day):
            for record in page:
                if record.is_first:
                    firsts.append(First(record.at, record.zone, record.group, record.succeeded))
                if record.is_first and not record.succeeded:
                    case = self._case(record)
                    if case is not None:
                        yield record.invoice_id, case

    def _case(self, record: PaymentRecord) -> Case | None:
        own = self.payments.of_customer(record.customer_id, 2 * OWN_MAX)
        return case_at_rest(record.invoice_id, own, of_issuer(self.payments, record.group, record.at))


def at_rest_after(policy: RetryPolicy) -> timedelta:
    """How long after its first failure an invoice is at rest under a policy."""
    return timedelta(days=policy.window_days) + REST
