"""One customer's due message: decided again over all that the customer's invoices want, handed over."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from dunwell.domain.contact import Contact, decide_contact
from dunwell.domain.customers import Customer, MessageRecord, MessageState, WantedMessage
from dunwell.ports import Calendar, Clock, CustomerStore, Queues, SettingsStore, Telling
from dunwell.use_cases.telling import key_told, tell_of_mail
from dunwell.workers import Worker

HANDED_OVER_FOR: Final = timedelta(minutes=15)
"""A message handed over or claimed for longer was lost on its way: handed over again, or unknown."""


RECORDS_MAX: Final = 90
"""Records written at once (a transaction takes 100 items); the rest is due again at once."""


@dataclass(frozen=True, slots=True)
class ReminderDispatch:
    """Decides a customer's next message; messages that will never be sent get a record with the reason."""

    customers: CustomerStore
    settings: SettingsStore
    queues: Queues
    calendar: Calendar
    clock: Clock
    telling: Telling

    def run(self, customer_id: str) -> None:
        """Raises `StaleFactsError` when an invoice's decision came in between: the queue redelivers."""
        file = self.customers.load(customer_id)
        if file is None:
            return
        now, settings = self.clock.now(), self.settings.current()
        records = self._stuck(file.customer, now)
        known = self.calendar.with_closed_dates(file.customer, settings, now)
        customer = known.with_records(records)
        contact = decide_contact(customer, file.wanted, settings, now)
        records += _skips(contact, now)
        if contact.next_message is not None and contact.next_message.at <= now:
            handed = _record(contact.next_message.message, MessageState.PLANNED, now)
            records.append(replace(handed, tells=contact.next_message.tells))
        kept = records[:RECORDS_MAX]
        customer = known.with_records(kept)
        following = decide_contact(customer, file.wanted, settings, now)
        next_due_at = now if len(kept) < len(records) else _next_due_at(customer, following)
        self.customers.save(file, kept, next_due_at)
        planned = [record for record in kept if record.state is MessageState.PLANNED]
        bodies = ({"customer_id": customer_id, "key": one.key, "due": now.isoformat()} for one in planned)
        if planned:
            self.queues.send(Worker.EMAIL_DELIVERY, bodies)
        for record in planned:
            tell_of_mail(self.telling, "mail handed over", record)

    def _stuck(self, customer: Customer, now: datetime) -> list[MessageRecord]:
        """Messages handed over long ago: one that nobody claimed is handed over again; one that was
        claimed may have left, so it is never sent again."""
        late = [r for r in customer.records if r.in_hand and now - r.at >= HANDED_OVER_FOR]
        for record in late:
            if record.state is MessageState.CLAIMED:
                self.telling.count("MailsUnknown")
                with self.telling.about(record.invoice_id):
                    self.telling.warn("a claimed mail was never reported sent", key=key_told(record))
        return [record.moved(_unstuck(record.state), now) for record in late]


def _unstuck(state: MessageState) -> MessageState:
    return MessageState.UNKNOWN if state is MessageState.CLAIMED else MessageState.PLANNED


def _skips(contact: Contact, now: datetime) -> list[MessageRecord]:
    return [
        _record(skip.message, MessageState.SKIPPED, now, f"{skip.reason.rule}: {skip.reason.text}")
        for skip in contact.skipped
    ]


def _record(
    message: WantedMessage, state: MessageState, now: datetime, reason: str | None = None
) -> MessageRecord:
    return MessageRecord(
        message.key,
        message.kind,
        message.invoice_id,
        state,
        now,
        reason,
        offset_days=message.offset_days,
        attempt_id=message.attempt_id,
    )


def _next_due_at(customer: Customer, contact: Contact) -> datetime | None:
    """When this customer is next looked at: for the next message, or for one still in somebody's hand."""
    times = [record.at + HANDED_OVER_FOR for record in customer.records if record.in_hand]
    if contact.next_message is not None:
        times.append(contact.next_message.at)
    return min(times, default=None)
