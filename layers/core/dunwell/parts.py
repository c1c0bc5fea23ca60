"""What the use cases are made of: adapters, environment and secrets, each built on first use.

Nothing happens at import. Imports stand where they are used, so that a function loads only what it needs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dunwell.workers import Worker

if TYPE_CHECKING:
    from dunwell.adapters.stripe_processor import StripeProcessor
    from dunwell.observability import PowertoolsTelling
    from dunwell.ports import (
        Agenda,
        Annotations,
        AttemptRate,
        Bus,
        Calendar,
        ChangeLog,
        Clock,
        CustomerStore,
        DeliveryStore,
        Endpoints,
        EventStore,
        InvoiceStore,
        LessonsStore,
        Mailer,
        PageStore,
        PaymentStore,
        Processor,
        Queues,
        SettingsHistory,
        SettingsStore,
        TallyStore,
    )

SECRETS_RENEWED_EVERY = timedelta(minutes=1)
"""How often a signature that does not fit may have the secrets read anew."""

SECRETS_FRESH_FOR_S = 300
"""How long a warm function goes on with the secrets it has read."""


class MissingVariableError(KeyError):
    """The function's environment lacks a variable; the template sets it."""


class Parts:
    """The parts of an application. `environ` defaults to the process's own; every part can be replaced by
    keyword, by the name of its property."""

    def __init__(self, environ: Mapping[str, str] | None = None, **replacements: Any) -> None:
        self._given = environ
        self._secrets_renewed_at = datetime.min.replace(tzinfo=UTC)
        self.__dict__.update(replacements)

    @cached_property
    def clock(self) -> Clock:
        from dunwell.adapters.clock import SystemClock

        return SystemClock()

    @cached_property
    def calendar(self) -> Calendar:
        from dunwell.adapters.holidays_calendar import HolidaysCalendar

        return HolidaysCalendar()

    @cached_property
    def telling(self) -> PowertoolsTelling:
        from dunwell.observability import PowertoolsTelling

        return PowertoolsTelling(self._environ.get("POWERTOOLS_SERVICE_NAME", "dunwell"))

    @cached_property
    def invoices(self) -> InvoiceStore:
        from dunwell.adapters.invoice_store import DynamoInvoiceStore

        return DynamoInvoiceStore(self._tables_connection, self.clock)

    @cached_property
    def customers(self) -> CustomerStore:
        from dunwell.adapters.customer_store import DynamoCustomerStore

        return DynamoCustomerStore(self._tables_connection)

    @cached_property
    def events(self) -> EventStore:
        from dunwell.adapters.event_store import DynamoEventStore

        self._bind_tables()
        return DynamoEventStore(self.clock)

    @cached_property
    def agenda(self) -> Agenda:
        from dunwell.adapters.agenda import DynamoAgenda

        self._bind_tables()
        return DynamoAgenda()

    @cached_property
    def rate(self) -> AttemptRate:
        from dunwell.adapters.attempt_rate import DynamoAttemptRate

        self._bind_tables()
        return DynamoAttemptRate()

    @cached_property
    def payments(self) -> PaymentStore:
        from dunwell.adapters.payment_store import DynamoPaymentStore

        self._bind_tables()
        return DynamoPaymentStore()

    @cached_property
    def lessons(self) -> LessonsStore:
        from dunwell.adapters.lessons_store import DynamoLessonsStore

        self._bind_tables()
        return DynamoLessonsStore(self.clock)

    @cached_property
    def pages(self) -> PageStore:
        from dunwell.adapters.page_store import DynamoPageStore

        self._bind_tables()
        return DynamoPageStore(self.clock)

    @cached_property
    def settings(self) -> SettingsStore:
        from dunwell.adapters.settings_store import DynamoSettingsStore

        self._bind_tables()
        return DynamoSettingsStore(self.clock, self.telling)

    @cached_property
    def deliveries(self) -> DeliveryStore:
        from dunwell.adapters.delivery_store import DynamoDeliveryStore

        self._bind_tables()
        return DynamoDeliveryStore(self.clock)

    @cached_property
    def tallies(self) -> TallyStore:
        from dunwell.adapters.aws import client
        from dunwell.adapters.tally_store import DynamoTallyStore

        return DynamoTallyStore(client("dynamodb"), self._variable("REPORT_TABLE"))

    @cached_property
    def changes(self) -> ChangeLog:
        from dunwell.adapters.change_log import DynamoChangeLog

        self._bind_tables()
        return DynamoChangeLog()

    @cached_property
    def settings_history(self) -> SettingsHistory:
        from dunwell.adapters.settings_store import DynamoSettingsStore

        self._bind_tables()
        return DynamoSettingsStore(self.clock, self.telling)

    @cached_property
    def annotations(self) -> Annotations:
        return self._stripe

    @cached_property
    def processor(self) -> Processor:
        return self._stripe

    @cached_property
    def _stripe(self) -> StripeProcessor:
        from dunwell.adapters import stripe_processor as stripe_adapter

        api_key, base = self._secret("STRIPE_SECRET")["api_key"], self._environ.get("STRIPE_API_BASE") or None
        return stripe_adapter.StripeProcessor(
            stripe_adapter.stripe_client(api_key, base, stripe_adapter.READ_TIMEOUT_S),
            stripe_adapter.stripe_client(api_key, base, stripe_adapter.CHARGE_TIMEOUT_S),
            self.clock,
        )

    @cached_property
    def queues(self) -> Queues:
        from dunwell.adapters.aws import client
        from dunwell.adapters.sqs_queues import SqsQueues

        urls = {
            worker: self._environ[f"{worker.upper()}_QUEUE_URL"]
            for worker in Worker
            if f"{worker.upper()}_QUEUE_URL" in self._environ
        }
        return SqsQueues(client("sqs"), urls)

    @cached_property
    def mailer(self) -> Mailer:
        from dunwell.adapters.aws import client
        from dunwell.adapters.ses_mailer import SesMailer

        return SesMailer(
            client("sesv2", tries=1), self._variable("SENDER_ADDRESS"), self._variable("CONFIGURATION_SET")
        )

    @cached_property
    def bus(self) -> Bus:
        from dunwell.adapters.aws import client
        from dunwell.adapters.event_bus import EventBridgeBus

        return EventBridgeBus(client("events"), self._variable("EVENT_BUS"))

    @cached_property
    def endpoints(self) -> Endpoints:
        from dunwell.adapters import public_https
        from dunwell.adapters.webhook_endpoints import WebhookEndpoints

        def secrets(name: str) -> Sequence[str]:
            told = self._secret("WEBHOOK_SECRETS").get(name, [])
            return [told] if isinstance(told, str) else list(told)

        return WebhookEndpoints(secrets, self.clock, public_https.post)

    @cached_property
    def _tables_connection(self) -> Any:
        from dunwell.adapters.aws import tables_connection

        self._bind_tables()
        return tables_connection(self._variable("AWS_REGION"))

    def _bind_tables(self) -> None:
        from dunwell.adapters.tables import bind_tables

        bind_tables(self._environ)

    # the environment and the secrets

    @property
    def _environ(self) -> Mapping[str, str]:
        return os.environ if self._given is None else self._given

    def _variable(self, name: str) -> str:
        try:
            return self._environ[name]
        except KeyError as error:
            raise MissingVariableError(
                f"{name} is not set: template.yaml gives it to each function"
            ) from error

    @cached_property
    def _secrets_provider(self) -> Any:
        from aws_lambda_powertools.utilities.parameters import SecretsProvider

        from dunwell.adapters.aws import client

        return SecretsProvider(boto3_client=client("secretsmanager"))

    def _secret(self, variable: str, *, renew: bool = False) -> dict[str, Any]:
        told = self._secrets_provider.get(
            self._variable(variable), max_age=SECRETS_FRESH_FOR_S, force_fetch=renew
        )
        secret: dict[str, Any] = json.loads(told)
        return secret

    def _webhook_secrets(self, renew: bool) -> Sequence[str]:  # noqa: FBT001 - the reader's callback
        """The signing secrets; renewed at most once a minute, however many forged requests ask for it."""
        now = self.clock.now()
        renew = renew and now - self._secrets_renewed_at >= SECRETS_RENEWED_EVERY
        if renew:
            self._secrets_renewed_at = now
        return [secret for secret in self._secret("STRIPE_SECRET", renew=renew)["webhook_secrets"] if secret]
