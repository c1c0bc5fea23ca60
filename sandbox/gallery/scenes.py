"""One scene for each text of each message: the facts and the decision that make a mail say it."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from dunwell.domain.customers import Customer, MessageKind, WantedMessage
from dunwell.domain.decision import Decision
from dunwell.domain.invoices import CollectionMethod, Invoice, Status
from dunwell.domain.money import Money
from dunwell.domain.payers_word import PayersWord, Promise
from dunwell.domain.payments import PaymentMethod
from dunwell.domain.reasons import Reason
from dunwell.records import Facts, Link, MailItem

PAGE: Final = "https://pages.example.com/i/in_gallery"

NOW: Final = datetime(2026, 3, 16, 9, tzinfo=UTC)

_CARD: Final = PaymentMethod("pm_1", "card", "fp_1", "visa", "credit", "DE", 3, 2026, last4="4242")


@dataclass(frozen=True, slots=True)
class Scene:
    """A mail's occasion: what it tells. `variant` names the table of texts that it shows."""

    variant: str
    items: tuple[MailItem, ...]


def scenes(customer: Customer) -> list[Scene]:
    """The scenes, as this customer meets them."""
    charged = _invoice(CollectionMethod.CHARGE_AUTOMATICALLY, payment_method=_CARD)
    sent = _invoice(CollectionMethod.SEND_INVOICE, due_at=NOW)
    partly = replace(sent, amount_paid=Money(20_000, "eur"), amount_remaining=Money(103_450, "eur"))
    paid = replace(
        charged, status=Status.PAID, amount_paid=charged.amount_due, amount_remaining=Money(0, "eur")
    )
    again = Decision(None, NOW + timedelta(days=2))
    never = Decision(None, reasons=(Reason("hard_decline", "not tried again"),))
    promise = Promise(NOW, date(2026, 3, 20), NOW + timedelta(days=5), NOW + timedelta(days=5))
    promised = replace(sent, word=PayersWord((promise,)))
    kind = MessageKind
    found = [
        _scene("invoice_finalized", kind.INVOICE_FINALIZED, sent, customer),
        _scene("payment_failed.will_retry", kind.PAYMENT_FAILED, charged, customer, again),
        _scene("payment_failed.pay", kind.PAYMENT_FAILED, charged, customer),
        _scene("payment_failed.other_method", kind.PAYMENT_FAILED, charged, customer, never),
        _scene("payment_action_required", kind.PAYMENT_ACTION_REQUIRED, charged, customer),
        _scene("reminder.before", kind.REMINDER, sent, customer, offset_days=-3),
        _scene("reminder.today", kind.REMINDER, sent, customer, offset_days=0),
        _scene("reminder.after", kind.REMINDER, partly, customer, offset_days=3),
        _scene("reminder.again", kind.REMINDER, sent, customer, offset_days=7),
        _scene("reminder.last", kind.REMINDER, sent, customer, offset_days=14),
        _scene("card_expiring", kind.CARD_EXPIRING, charged, customer, again),
        _scene("promise_confirmed", kind.PROMISE_CONFIRMED, promised, customer),
        _scene("promise_broken", kind.PROMISE_BROKEN, promised, customer),
        _scene("payment_received", kind.PAYMENT_RECEIVED, paid, customer),
    ]
    told = {scene.variant: scene.items for scene in found}
    several = ("reminder.again", "payment_failed.will_retry", "payment_failed.other_method", "reminder.after")
    items = [_numbered(told[variant][0], number) for number, variant in enumerate(several, start=43)]
    return [*found, Scene("statement", tuple(items))]


def _numbered(item: MailItem, number: int) -> MailItem:
    invoice = replace(item.facts.invoice, number=f"NW-2026-{number:05}")
    return replace(item, facts=replace(item.facts, invoice=invoice))


def _scene(
    variant: str,
    kind: MessageKind,
    invoice: Invoice,
    customer: Customer,
    decision: Decision | None = None,
    **about: Any,
) -> Scene:
    message = WantedMessage(
        f"{invoice.id}:{variant}", kind, invoice.id, NOW, NOW + timedelta(days=3), **about
    )
    link = Link(PAGE, f"{PAGE}/unsubscribe" if message.is_courtesy else None)
    facts = Facts(invoice, (), customer)
    return Scene(variant, (MailItem(message, facts, decision or Decision(None), link),))


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
