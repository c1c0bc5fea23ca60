"""SES in memory: takes a mail, reports on it later, or never."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from dunwell.domain.customers import Feedback, MessageKind
from dunwell.domain.feedback import MailReport
from dunwell.errors import MailUnavailableError
from dunwell.ports import Clock
from dunwell.records import Mail, MailItem

from sandbox.simulation.choices import Choices
from sandbox.simulation.witness import Witness

REPORTED_AFTER: Final = timedelta(seconds=20)
TOLD_AGAIN_AFTER: Final = timedelta(minutes=3)
LOST_PER_MILLE: Final = (50, 50, 50, 1000)
"""Reports that never come, by history; in some there are none at all."""

REJECTED_PER_MILLE: Final = 20
"""Mails that the service took and then did not send."""


class PlainComposer:
    """`Composer` that writes nothing: whose mail it is, and what it says, stands in its tags."""

    def compose(self, items: Sequence[MailItem]) -> Mail:
        customer = items[0].facts.customer
        tags = {
            "customer": customer.id,
            "message": items[0].message.key,
            "said": json.dumps([_said(item) for item in items]),
        }
        return Mail(customer.email or "", "", "", "", "", tags=tags)


def _said(item: MailItem) -> tuple[str, str, str]:
    message, invoice = item.message, item.facts.invoice
    which = message.attempt_id if message.offset_days is None else f"{message.offset_days:+d}"
    if message.kind in (MessageKind.PROMISE_CONFIRMED, MessageKind.PROMISE_BROKEN):
        which = str(len(invoice.word.promises))
    return message.key, invoice.id, f"{message.kind}:{which}"


@dataclass
class MemoryMail:
    """`Mailer`, and the reports that follow. `bouncing` are the addresses that bounce for good."""

    clock: Clock
    witness: Witness
    choices: Choices
    bouncing: set[str] = field(default_factory=set)
    reports: list[tuple[datetime, str, MailReport]] = field(default_factory=list)
    full_until: datetime | None = None
    """Until when the quota is used up."""
    taken: int = 0

    def __post_init__(self) -> None:
        self._lost_per_mille = self.choices.one_of(LOST_PER_MILLE)

    def send(self, mail: Mail) -> str:
        if self.full_until is not None and self.clock.now() < self.full_until:
            raise MailUnavailableError("the quota is used up")
        tags = mail.tags
        self.witness.mailed(tags["customer"], mail.to, json.loads(tags["said"]))
        self.taken += 1
        outcome: Feedback | None = Feedback.BOUNCED if mail.to in self.bouncing else Feedback.DELIVERED
        if self.choices.chance(REJECTED_PER_MILLE):
            outcome = None
            self.witness.rejected(tags["message"])
        for number, feedback in enumerate((Feedback.SENT, outcome)):
            if not self.choices.chance(self._lost_per_mille):
                self._report(mail.to, mail.tags, feedback, REPORTED_AFTER * number)
        return f"ses-{self.taken}"

    def tell(self, report: tuple[datetime, str, MailReport], hear: Callable[[MailReport], bool]) -> None:
        """Delivers one of the reports; whoever could not hear it is told again."""
        if report in self.reports:
            self.reports.remove(report)
        _, to, told = report
        done = False
        try:
            done = hear(told)
        finally:
            if not done:
                self.reports.append((self.clock.now() + TOLD_AGAIN_AFTER, to, told))
            elif told.feedback == "bounced":
                self.witness.has_bounced(to)

    def _report(self, to: str, tags: Mapping[str, str], feedback: Feedback | None, delay: timedelta) -> None:
        at = self.clock.now() + delay
        report = MailReport(
            tags["customer"],
            tags["message"],
            at,
            feedback,
            permanent=True,
            ses_message_id=f"ses-{self.taken}",
        )
        self.reports.append((at, to, report))
