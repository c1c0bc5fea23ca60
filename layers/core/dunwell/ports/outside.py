"""Who is spoken to: the processor, queues, the mail service, other systems, the people who watch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from dunwell.domain.customers import Customer
    from dunwell.domain.money import Money
    from dunwell.domain.policies import Endpoint, Settings
    from dunwell.heard_events import HeardEvent
    from dunwell.records import (
        ChargeResult,
        Glance,
        Mail,
        MailItem,
        PublishedEvent,
        Reading,
    )
    from dunwell.workers import Worker


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...


class Processor(Protocol):
    """The payment processor. Each call raises `ProcessorUnavailableError` when it is down."""

    def read_invoice(self, invoice_id: str) -> Reading:
        """Raises `ObjectMissingError` when there is no such invoice."""
        ...

    def invoice_of_payment(self, payment_intent_id: str) -> str | None:
        """The id of the invoice that a PaymentIntent pays, None when it pays none."""
        ...

    def open_invoices(self) -> Iterable[list[Glance]]:
        """All open invoices, page by page."""
        ...

    def events_since(self, since: datetime, *, undelivered: bool) -> Iterable[list[HeardEvent]]:
        """The events that concern us, page by page: those whose webhooks were not all answered, or all."""
        ...

    def charge(self, invoice_id: str, idempotency_key: str) -> ChargeResult:
        """Makes one payment attempt. Never raises once the processor may have acted."""
        ...

    def credit(self, invoice_id: str, amount: Money, idempotency_key: str) -> bool:
        """Credits a shortfall. False when the processor refused it for good."""
        ...

    def mark_uncollectible(self, invoice_id: str, idempotency_key: str) -> bool:
        """Marks the invoice uncollectible. False when the processor refused it for good."""
        ...


class WebhookReader(Protocol):
    def read(self, body: bytes, signature: str | None) -> HeardEvent:
        """Verifies and reads a webhook. Raises `WebhookRefusedError`."""
        ...


class Annotations(Protocol):
    """Where the owner's exceptions are written down: beside the processor's own objects."""

    def annotate(
        self, kind: Literal["invoice", "customer"], object_id: str, metadata: Mapping[str, str]
    ) -> None:
        """Sets these keys of an object's metadata; an empty value deletes one. Harmless twice.

        Raises `ObjectMissingError` and `ProcessorUnavailableError`.
        """
        ...


class Calendar(Protocol):
    def with_closed_dates(self, customer: Customer, settings: Settings, now: datetime) -> Customer:
        """The customer with the days around `now` on which nobody works where they are; none unless the
        settings keep to business days."""
        ...


class Queues(Protocol):
    def send(self, worker: Worker, bodies: Iterable[Mapping[str, str]]) -> int:
        """Sends messages in batches and returns how many. Raises when any of them was not taken."""
        ...


class Mailer(Protocol):
    def send(self, mail: Mail) -> str:
        """Sends a mail once and returns the service's id for it.

        Raises `MailRefusedError`, `MailUnavailableError` or `MailOutcomeUnknownError`.
        """
        ...


class Bus(Protocol):
    def put(self, event: PublishedEvent) -> None:
        """Publishes an event. Raises `BusUnavailableError` when it was not taken."""
        ...


class Endpoints(Protocol):
    def post(self, endpoint: Endpoint, event: PublishedEvent) -> None:
        """Sends an event as a signed webhook, once. Raises `EndpointFailedError` when it was not taken, or
        no answer tells that it was."""
        ...


class Composer(Protocol):
    def compose(self, items: Sequence[MailItem]) -> Mail:
        """Renders the mail that a wanted message stands for, with a link as its call to action. Of several
        items, all of one customer's, it makes a statement."""
        ...


class Telling(Protocol):
    """Counts and logs for people; never secrets or personal data."""

    def count(self, name: str, value: int = 1) -> None: ...

    def amount(self, name: str, money: Money) -> None:
        """Adds an amount, by its currency, in minor units."""
        ...

    def age(self, name: str, age: timedelta) -> None: ...

    def note(self, text: str, **fields: str | int | None) -> None: ...

    def about(self, invoice_id: str | None) -> AbstractContextManager[None]:
        """Ties all that is logged within to an invoice: its id is the correlation id, from the webhook to the
        mail. None: what it concerns is not known."""
        ...

    def warn(self, text: str, **fields: str | int | None) -> None: ...
