"""Learns from the mail service what became of a mail: facts about the message and about the address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from dunwell.domain.customers import Customer, Feedback, MessageRecord, MessageState
from dunwell.domain.feedback import MailReport, reported, suppression
from dunwell.errors import StaleFactsError
from dunwell.ports import CustomerStore, Queues, Telling
from dunwell.use_cases.races import again_when_stale
from dunwell.use_cases.telling import tell_of_mail
from dunwell.workers import Worker

ReportReader = Callable[[Mapping[str, Any]], MailReport | None]
"""Reads one event of the mail service; None for one that tells nothing certain of a mail of ours."""


@dataclass(frozen=True, slots=True)
class EmailFeedback:
    """Resolves what is unknown: a report proves that a mail left, or that it never will."""

    read: ReportReader
    customers: CustomerStore
    queues: Queues
    telling: Telling

    def run(self, event: Mapping[str, Any]) -> None:
        """Applies one event of the mail service; twice, late or out of order it changes nothing more.

        Raises `StaleFactsError` when somebody else was faster each time: the queue redelivers.
        """
        report = self.read(event)
        if report is not None:
            again_when_stale(partial(self._apply, report))

    def _apply(self, report: MailReport) -> None:
        file = self.customers.load(report.customer_id)
        record = file.customer.record(report.key) if file else None
        if file is None or record is None:
            self.telling.count("MailReportsIgnored")
            return
        self._learn_of_address(record, report)
        after = reported(record, report)
        if after != record and not self._moved(report.customer_id, record, after):
            raise StaleFactsError(report.key)
        self._decide_again(file.customer, after, report)
        self._tell(record, report)

    def _learn_of_address(self, record: MessageRecord, report: MailReport) -> None:
        found = suppression(record, report)
        if found is not None:
            self.customers.suppress(report.customer_id, found)

    def _moved(self, customer_id: str, before: MessageRecord, after: MessageRecord) -> bool:
        return self.customers.move(customer_id, before, after)

    def _decide_again(self, customer: Customer, record: MessageRecord, report: MailReport) -> None:
        """What a rejected statement told besides its own message has been told to nobody; what bounced may go
        to another address."""
        untold = record.tells and not record.may_leave
        elsewhere = report.feedback is Feedback.BOUNCED and report.permanent and customer.second_email
        if untold or elsewhere:
            self.queues.send(Worker.REMINDER_DISPATCH, [{"customer_id": customer.id}])

    def _tell(self, record: MessageRecord, report: MailReport) -> None:
        told = report.feedback or "rejected"
        self.telling.count(f"Mails{told.title()}")
        tell_of_mail(self.telling, f"mail {told}", record)
        if record.state is MessageState.UNKNOWN:
            self.telling.count("MailsResolved")
