"""After the settings were changed: what lies in one part of the agenda is decided again, page by page."""

from dataclasses import dataclass

from dunwell.ports import Agenda, Queues, Telling
from dunwell.workers import Worker


@dataclass(frozen=True, slots=True)
class PlanningAgain:
    agenda: Agenda
    queues: Queues
    telling: Telling

    def run(self, part: str, version: str, after: str | None) -> None:
        """Enqueues one page, and the message for the next. At least once: ids are harmless twice.

        `version` is that of the settings which whoever decides must have read.
        """
        entries, following = self.agenda.page(part, after)
        customers = [entry.id for entry in entries if entry.worker is Worker.REMINDER_DISPATCH]
        invoices = [entry.id for entry in entries if entry.worker is not Worker.REMINDER_DISPATCH]
        told = {"settings_version": version}
        self.queues.send(Worker.EVENT_PROCESSING, ({"invoice_id": one, **told} for one in invoices))
        self.queues.send(Worker.REMINDER_DISPATCH, ({"customer_id": one, **told} for one in customers))
        if following is not None:
            self.queues.send(Worker.EVENT_PROCESSING, [{"plan_again": part, "after": following, **told}])
        self.telling.count("PlannedAgain", len(entries))
