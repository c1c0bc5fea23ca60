"""The DynamoDB tables as pynamodb models. Names come from the environment, bound on first use.

Each table is an item collection that is read together; `part` is the sort key within it.
"""

from collections.abc import Mapping
from typing import Any, Final

from pynamodb.attributes import (
    BinaryAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.models import Model

from dunwell.adapters.indexes import ByCustomerIndex, ByDayIndex, ByIssuerIndex, DueIndex, WaitingIndex

CLAIMS: Final = "claims"
"""The sort key of a card's counted claims, behind all of its attempts."""

FACTS: Final = "facts"
"""The sort key of a collection's main row."""

TRANSACTION_CONFLICT: Final = "TransactionConflictException"
LOST_TO_ANOTHER: Final = frozenset({"ConditionalCheckFailedException", TRANSACTION_CONFLICT})
"""What a single write is answered with when somebody else was faster, or is writing the row right now."""

CONNECT_TIMEOUT_S: Final = 1.0
READ_TIMEOUT_S: Final = 3.0


class InvoiceRow(Model):
    """`part`: `facts`, `attempt#<id>`, `ledger#<instant>#<version>`, `final#<kind>`, `published#<number>`.

    The facts lie `packed`, as they are written at every look; rows of earlier code have them in `body`.
    `announced`, `occasions` and `recovery` stand beside them, so that earlier code leaves them alone."""

    class Meta:
        table_name = ""

    invoice_id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute(null=True)
    packed = BinaryAttribute(null=True, legacy_encoding=False)
    version = NumberAttribute(null=True)
    status = UnicodeAttribute(null=True)
    attempt_count = NumberAttribute(null=True)
    next_payment_attempt = UTCDateTimeAttribute(null=True)
    decision_digest = UnicodeAttribute(null=True)
    customer_digest = UnicodeAttribute(null=True)
    open_customer_id = UnicodeAttribute(null=True)
    due_lane = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)
    planned_at = UTCDateTimeAttribute(null=True)
    worker = UnicodeAttribute(null=True)
    announced = NumberAttribute(null=True)
    occasions = UnicodeAttribute(null=True)
    recovery = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)
    due = DueIndex()
    by_customer = ByCustomerIndex()


class CustomerRow(Model):
    """`part`: `facts`, `wanted#<invoice id>`, `message#<key>`, `address#<one that bounced>`,
    `unsubscribed`."""

    class Meta:
        table_name = ""

    customer_id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    state = UnicodeAttribute(null=True)
    claimed_by = UnicodeAttribute(null=True)
    due_lane = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)
    planned_at = UTCDateTimeAttribute(null=True)
    worker = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)
    due = DueIndex()


class EventRow(Model):
    """One event, kept 35 days. `body` is compressed JSON, absent when it was too large; `waiting` is
    there until the event is applied or ignored."""

    class Meta:
        table_name = ""

    event_id = UnicodeAttribute(hash_key=True)
    facts = UnicodeAttribute()
    state = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    waiting = UnicodeAttribute(null=True)
    stored_at = UTCDateTimeAttribute(null=True)
    body = BinaryAttribute(null=True, legacy_encoding=False)
    expires_at = TTLAttribute()
    by_waiting = WaitingIndex()


class SettingsRow(Model):
    """The owner's settings, version by version; the highest is current."""

    class Meta:
        table_name = ""

    name = UnicodeAttribute(hash_key=True)
    version = NumberAttribute(range_key=True)
    body = UnicodeAttribute()
    text = UnicodeAttribute(null=True)
    by = UnicodeAttribute(null=True)
    at = UTCDateTimeAttribute(null=True)
    why = UnicodeAttribute(null=True)


class CardRow(Model):
    """One attempt on a card or account; `attempt` is its instant and its key, so that it sorts by time.

    Beside them a card's `claims`, whose `counted` is how many attempts of ours were begun on it, and the
    circuit breaker's rows, whose `counted` is the attempts of an hour over all cards."""

    class Meta:
        table_name = ""

    card = UnicodeAttribute(hash_key=True)
    attempt = UnicodeAttribute(range_key=True)
    counted = NumberAttribute(null=True)
    expires_at = TTLAttribute()


class PaymentRow(Model):
    """The record of one attempt that ended; `made` is its instant and its key, so that it sorts by time."""

    class Meta:
        table_name = ""

    customer_id = UnicodeAttribute(hash_key=True)
    made = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    day_shard = UnicodeAttribute()
    issuer = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()
    by_issuer = ByIssuerIndex()
    by_day = ByDayIndex()


class LessonsRow(Model):
    """What was learnt: `part` names a version, or says which one is promoted."""

    class Meta:
        table_name = ""

    name = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    body = BinaryAttribute(null=True, legacy_encoding=False)
    about = UnicodeAttribute(null=True)


class PageRow(Model):
    """A link to a hosted invoice page: `digest` is its secret's hash."""

    class Meta:
        table_name = ""

    invoice_id = UnicodeAttribute(hash_key=True)
    digest = UnicodeAttribute(range_key=True)
    issued_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()


class DeliveryRow(Model):
    """A webhook that waits for another try or was given up (`<endpoint>/<event id>`), and how an endpoint
    does that fails (`<endpoint>/`)."""

    class Meta:
        table_name = ""

    delivery_id = UnicodeAttribute(hash_key=True)
    body = UnicodeAttribute(null=True)
    due_lane = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)
    worker = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)
    due = DueIndex()


TABLES: Final[dict[str, type[Model]]] = {
    "INVOICES_TABLE": InvoiceRow,
    "CUSTOMERS_TABLE": CustomerRow,
    "EVENTS_TABLE": EventRow,
    "SETTINGS_TABLE": SettingsRow,
    "CARDS_TABLE": CardRow,
    "PAYMENTS_TABLE": PaymentRow,
    "LESSONS_TABLE": LessonsRow,
    "PAGES_TABLE": PageRow,
    "DELIVERIES_TABLE": DeliveryRow,
}
"""The environment variable that names each table."""


def bind_tables(environ: Mapping[str, str]) -> None:
    """Gives the models the table names of an environment, with timeouts shorter than any function's.

    The connection of a model that was bound to another table before is dropped.
    """
    for variable, row in TABLES.items():
        if environ.get(variable, row.Meta.table_name) != row.Meta.table_name:
            meta: Any = row.Meta
            meta.table_name = environ[variable]
            meta.region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
            meta.connect_timeout_seconds = CONNECT_TIMEOUT_S
            meta.read_timeout_seconds = READ_TIMEOUT_S
            row._connection = None  # noqa: SLF001 - pynamodb keeps the former table's connection there
