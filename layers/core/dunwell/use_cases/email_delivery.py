"""Sends one mail, once: still right on the processor's word of this moment, claimed, handed to SES."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from dunwell.domain.contact import last_moment
from dunwell.domain.customers import Customer, MessageRecord, MessageState, WantedMessage
from dunwell.domain.days import local_date, next_within_hours
from dunwell.domain.limits import REASON_TEXT_MAX, STATEMENT_READ_WITHIN
from dunwell.errors import (
    MailOutcomeUnknownError,
    MailRefusedError,
    MailUnavailableError,
    ObjectMissingError,
    ProcessorUnavailableError,
)
from dunwell.ports import Calendar, Clock, Composer, CustomerStore, Mailer, Telling
from dunwell.records import Mail, MailItem
from dunwell.use_cases.book import Book, Look
from dunwell.use_cases.links import Links
from dunwell.use_cases.telling import key_told, tell_of_mail

_PASSING: Final = frozenset({"attempt_unresolved", "payment_processing"})
"""Reasons that suppress mails for a while; what comes of them decides whether the mail is still wanted."""


@dataclass(frozen=True, slots=True)
class EmailDelivery:
    """At most once: what may have left is never sent again (SES has no idempotency token)."""

    book: Book
    customers: CustomerStore
    composer: Composer
    mailer: Mailer
    links: Links
    calendar: Calendar
    clock: Clock
    telling: Telling

    def run(self, customer_id: str, key: str) -> None:
        """Raises `ProcessorUnavailableError` and `MailUnavailableError`: the queue redelivers."""
        file = self.customers.load(customer_id)
        record = file.customer.record(key) if file else None
        if record is None or record.state is not MessageState.PLANNED:
            return
        with self.telling.about(record.invoice_id):
            self._deliver(customer_id, record)

    def _deliver(self, customer_id: str, record: MessageRecord) -> None:
        key, look = record.key, self._look(record.invoice_id)
        if look is not None and self._mail_rests(look):
            return
        if look is not None and _is_passing(look):
            self._let_go(customer_id, record)
            return
        message = self._still_wanted(look, key) if look else None
        if look is None or message is None:
            self._end(customer_id, record, MessageState.SKIPPED, _why_not(look))
            return
        customer = self._known(customer_id, look)
        unwelcome = _unwelcome(message, customer)
        if unwelcome:
            self._end(customer_id, record, MessageState.SKIPPED, unwelcome)
            return
        told = [_Told(message, look, customer), *self._told_with(record, look, customer)]
        mail = self.composer.compose([self._item(one) for one in told])
        claimed = replace(
            record.moved(MessageState.CLAIMED, self.clock.now()),
            claimed_by=str(uuid4()),
            sent_to=mail.to,
            tells=tuple(one.message for one in told[1:]),
        )
        if not (self.customers.move(customer_id, record, claimed) or self._is_mine(customer_id, claimed)):
            return
        if not all(one.look.is_fresh(self.clock.now()) for one in told):
            self._give_back(customer_id, claimed)
            raise MailUnavailableError("what was read is too old to send on; read again")
        self._send(customer_id, claimed, mail)

    def _let_go(self, customer_id: str, record: MessageRecord) -> None:
        """What a statement was to tell besides need not wait with its first message."""
        if record.tells:
            self.customers.move(customer_id, record, replace(record, tells=()))

    def _give_back(self, customer_id: str, claimed: MessageRecord) -> None:
        """A mail that has not left is handed over again, as far as it was to tell. It keeps the token of the
        claim, so that whoever read the record before cannot claim it any more."""
        self.customers.move(customer_id, claimed, replace(claimed, state=MessageState.PLANNED, sent_to=None))

    def _told_with(self, record: MessageRecord, lead: Look, reader: Customer) -> Iterator["_Told"]:
        """What else a statement tells: what is still right, for the same reader, of the same brand, and read
        while there was time; the rest is decided on again."""
        for message in record.tells:
            if self.clock.now() - lead.began_at > STATEMENT_READ_WITHIN:
                return
            try:
                look = self._look(message.invoice_id)
            except ProcessorUnavailableError:
                continue
            if look is None or self._mail_rests(look) or _is_passing(look):
                continue
            if look.settings.branding != lead.settings.branding:
                continue
            wanted = self._still_wanted(look, message.key)
            if wanted is not None:
                customer = self._known(reader.id, look)
                if customer.email == reader.email:
                    yield _Told(wanted, look, customer)

    def _item(self, told: "_Told") -> MailItem:
        look, facts = told.look, replace(told.look.facts, customer=told.customer)
        link = self.links.of(told.message, facts.invoice, look.settings)
        return MailItem(told.message, facts, look.decision, link, look.settings)

    def _known(self, customer_id: str, look: Look) -> Customer:
        """The customer with the address that can be written to (None where there is none). What bounced and
        what they want no more is read after the look, so that it is no older than the look itself."""
        file = self.customers.load(customer_id)
        known = look.facts.customer
        if file is not None:
            stored = file.customer
            known = replace(known, suppressed=stored.suppressed, unsubscribed_at=stored.unsubscribed_at)
        return replace(known, email=known.reachable_address)

    def _mail_rests(self, look: Look) -> bool:
        """Whether no mail can go right now: it stays planned, and is handed over again."""
        policy, now = look.settings.messages, self.clock.now()
        zone = look.facts.customer.zone(look.settings.time_zone)
        opens_at = next_within_hours(now, policy.send_from_hour, policy.send_until_hour, zone)
        return (
            look.settings.stop.mail
            or opens_at > now
            or local_date(now, zone) in look.facts.customer.closed_dates
        )

    def _look(self, invoice_id: str) -> Look | None:
        try:
            look = self.book.peek(invoice_id)
        except ObjectMissingError:
            return None
        customer = self.calendar.with_closed_dates(look.facts.customer, look.settings, self.clock.now())
        return replace(look, facts=replace(look.facts, customer=customer))

    def _is_mine(self, customer_id: str, claimed: MessageRecord) -> bool:
        """Whether a claim that seemed lost is ours: the SDK may repeat a write whose answer was lost."""
        file = self.customers.load(customer_id)
        record = file.customer.record(claimed.key) if file else None
        return record is not None and record.claimed_by == claimed.claimed_by

    def _still_wanted(self, look: Look, key: str) -> WantedMessage | None:
        now, customer = self.clock.now(), look.facts.customer
        every = (one for m in look.decision.wanted_messages for one in (m, m.rerouted))
        wanted = (m for m in every if m.key == key)
        return next((m for m in wanted if now < last_moment(m, customer, look.settings)), None)

    def _send(self, customer_id: str, claimed: MessageRecord, mail: Mail) -> None:
        try:
            sent_as = self.mailer.send(mail)
        except MailRefusedError as refused:
            self._end(customer_id, claimed, MessageState.SKIPPED, f"refused: {refused}")
        except MailUnavailableError:
            self._give_back(customer_id, claimed)
            raise
        except MailOutcomeUnknownError as unknown:
            self.telling.warn("a mail may or may not have left", key=key_told(claimed))
            self._end(customer_id, claimed, MessageState.UNKNOWN, str(unknown))
        else:
            self._end(customer_id, claimed, MessageState.SENT, None, sent_as)

    def _end(
        self,
        customer_id: str,
        record: MessageRecord,
        state: MessageState,
        reason: str | None,
        sent_as: str | None = None,
    ) -> None:
        ended = replace(record.moved(state, self.clock.now()), reason=reason, ses_message_id=sent_as)
        self.customers.move(customer_id, record, ended)
        self.telling.count(f"Mails{state.title()}")
        tell_of_mail(self.telling, f"mail {state}", ended)


@dataclass(frozen=True, slots=True)
class _Told:
    """One message that the mail tells, the look that it is told on, and the customer with the address."""

    message: WantedMessage
    look: Look
    customer: Customer


def _unwelcome(message: WantedMessage, customer: Customer) -> str | None:
    """Why a mail that is still wanted does not leave: what the customer has told us meanwhile."""
    if message.is_courtesy and customer.unsubscribed_at is not None:
        return "unsubscribed: the customer wants no more mails that only help"
    return None if customer.email else "suppressed: the address bounced"


def _is_passing(look: Look) -> bool:
    """Whether something is under way whose end decides if the mail is still wanted: it stays planned."""
    return any(reason.rule in _PASSING for reason in look.decision.reasons)


def _why_not(look: Look | None) -> str:
    """Why a message that was handed over is not sent after all."""
    if look is None:
        return "no longer wanted: the processor does not know the invoice"
    reasons = "; ".join(reason.text for reason in look.decision.reasons)
    return f"no longer wanted: {reasons}"[:REASON_TEXT_MAX]
