"""One scene for each text of each message: the facts and the decision that make a mail say it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from dunwell.domain.customers import Customer, MessageKind, WantedMessage
from dunwell.domain.decision import Decision
from dunwell.domain.invoices import CollectionMethod, Invoice, Status
from dunwell.domain.money import Money
from dunwell.domain.payers_word import PayersWord, Promise
from dunwell.domain.payments import PaymentMethod
from dunwell.domain.policies import Settings
from dunwell.domain.reasons import Reason
from dunwell.records import Facts, Link, MailItem

PAGE: Final = "https://pages.example.com/i/in_gallery"

NOW: Final = datetime(2026, 3, 16, 9, tzinfo=UTC)

_CARD: Final = PaymentMethod("pm_1", "card", "fp_1", "visa", "credit", "DE", 3, 2026, last4="4242")


@dataclass(frozen=True, slots=True)
class Scene:
    """A mail's occasion: what it tells. `variant` names the table of texts that it shows; further scenes of
    one table have another word behind it."""

    variant: str
    items: tuple[MailItem, ...]


def scenes(customer: Customer, settings: Settings) -> list[Scene]:
    """The scenes, as this customer meets them."""
    charged = _invoice(CollectionMethod.CHARGE_AUTOMATICALLY, payment_method=_CARD)
    sent = _invoice(CollectionMethod.SEND_INVOICE, due_at=NOW)
    partly = replace(_due(sent, -3), amount_paid=Money(20_000, "eur"), amount_remaining=Money(103_450, "eur"))
    paid = replace(
        charged, status=Status.PAID, amount_paid=charged.amount_due, amount_remaining=Money(0, "eur")
    )
    again = Decision(None, NOW + timedelta(days=2))
    never = Decision(None, reasons=(Reason("hard_decline", "not tried again"),))
    promise = Promise(NOW, date(2026, 3, 20), NOW + timedelta(days=5), NOW + timedelta(days=5))
    promised = replace(sent, word=PayersWord((promise,)))
    broken = replace(_due(sent, -6), word=PayersWord((promise,)), read_at=NOW + timedelta(days=5))
    kind = MessageKind
    told = _Scenes(customer, settings)
    found = [
        told.of("invoice_finalized", kind.INVOICE_FINALIZED, _due(sent, 14)),
        told.of("payment_failed.will_retry", kind.PAYMENT_FAILED, charged, again),
        told.of("payment_failed.pay", kind.PAYMENT_FAILED, charged),
        told.of("payment_failed.other_method", kind.PAYMENT_FAILED, charged, never),
        told.of("payment_action_required", kind.PAYMENT_ACTION_REQUIRED, charged),
        told.of("reminder.before", kind.REMINDER, _due(sent, 3), offset_days=-3),
        told.of("reminder.today", kind.REMINDER, sent, offset_days=0),
        told.of("reminder.after", kind.REMINDER, partly, offset_days=3),
        told.of("reminder.again", kind.REMINDER, _due(sent, -7), offset_days=7),
        told.of("reminder.last", kind.REMINDER, _due(sent, -14), offset_days=14),
        told.of("card_expiring", kind.CARD_EXPIRING, charged, again),
        told.of("promise_confirmed", kind.PROMISE_CONFIRMED, promised),
        told.of("promise_broken", kind.PROMISE_BROKEN, broken),
        told.of("payment_received", kind.PAYMENT_RECEIVED, paid),
    ]
    return [*found, *_further(told, found)]


def _further(told: "_Scenes", found: Sequence[Scene]) -> list[Scene]:
    """What hangs on more than one message: statements, and a customer without a name."""
    by_variant = {scene.variant: scene.items[0] for scene in found}
    received = by_variant["payment_received"]
    nameless = replace(received, facts=replace(received.facts, customer=replace(told.customer, name=None)))
    soon = _due(by_variant["reminder.before"].facts.invoice, 2)
    asked = told.of("", MessageKind.REMINDER, replace(soon, payment_action_required=True), offset_days=-3)
    failed = ("payment_failed.will_retry", "payment_failed.other_method", "payment_failed.pay")
    late = ("reminder.last", "reminder.after", "promise_broken")
    return [
        Scene("payment_received-nameless", (nameless,)),
        Scene("statement", _several([by_variant[one] for one in failed])),
        Scene("statement-overdue", _several([by_variant[one] for one in late])),
        Scene("statement-before", _several([by_variant["reminder.before"], *asked.items])),
    ]


@dataclass(frozen=True, slots=True)
class _Scenes:
    """What a customer meets under some settings."""

    customer: Customer
    settings: Settings

    def of(
        self,
        variant: str,
        kind: MessageKind,
        invoice: Invoice,
        decision: Decision | None = None,
        **about: Any,
    ) -> Scene:
        message = WantedMessage(
            f"{invoice.id}:{variant}", kind, invoice.id, NOW, NOW + timedelta(days=3), **about
        )
        link = Link(PAGE, f"{PAGE}/unsubscribe" if message.is_courtesy else None)
        facts = Facts(invoice, (), self.customer)
        return Scene(variant, (MailItem(message, facts, decision or Decision(None), link, self.settings),))


def _several(items: Sequence[MailItem]) -> tuple[MailItem, ...]:
    """The same on invoices of different numbers."""
    return tuple(_numbered(item, number) for number, item in enumerate(items, start=43))


def _numbered(item: MailItem, number: int) -> MailItem:
    invoice = replace(item.facts.invoice, number=f"NW-2026-{number:05}")
    return replace(item, facts=replace(item.facts, invoice=invoice))


def _due(invoice: Invoice, days: int) -> Invoice:
    """The same invoice, due so many days from now."""
    return replace(invoice, due_at=NOW + timedelta(days=days))


def _invoice(method: CollectionMethod, **fields: Any) -> Invoice:
    amount = Money(123_450, "eur")
    plain = Invoice(
        id="in_gallery",
        customer_id="cus_gallery",
        status=Status.OPEN,
        collection_method=method,
        amount_due=amount,
        amount_paid=Money(0, "eur"),
        amount_remaining=amount,
        created_at=NOW - timedelta(days=14),
        read_at=NOW,
        finalized_at=NOW - timedelta(days=14),
        attempted=True,
        hosted_invoice_url="https://invoice.example.com/i/in_gallery",
        number="NW-2026-00042",
    )
    return replace(plain, **fields)
