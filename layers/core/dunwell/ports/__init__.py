"""What the use cases need of the world, as Protocols. Adapters keep them; so do the tests' fakes. They name
types and load none, so that a function loads what it uses."""

from dunwell.ports.archives import (
    ChangeLog,
    LessonsStore,
    PaymentStore,
    SettingsHistory,
    SettingsStore,
    TallyStore,
)
from dunwell.ports.outside import (
    Annotations,
    Bus,
    Calendar,
    Clock,
    Composer,
    Endpoints,
    Mailer,
    Processor,
    Queues,
    Telling,
    WebhookReader,
)
from dunwell.ports.stores import (
    Agenda,
    AttemptRate,
    CustomerStore,
    DeliveryStore,
    EventStore,
    InvoiceStore,
    PageStore,
)

__all__ = [
    "Agenda",
    "Annotations",
    "AttemptRate",
    "Bus",
    "Calendar",
    "ChangeLog",
    "Clock",
    "Composer",
    "CustomerStore",
    "DeliveryStore",
    "Endpoints",
    "EventStore",
    "InvoiceStore",
    "LessonsStore",
    "Mailer",
    "PageStore",
    "PaymentStore",
    "Processor",
    "Queues",
    "SettingsHistory",
    "SettingsStore",
    "TallyStore",
    "Telling",
    "WebhookReader",
]
