"""`Processor` over the Stripe SDK: explicit time-outs and idempotency keys, no hidden retries."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import stripe

from dunwell.adapters.stripe_bills import bill_from
from dunwell.adapters.stripe_customers import customer_from
from dunwell.adapters.stripe_events import heard_from
from dunwell.adapters.stripe_json import Json, child, id_of, instant, listed, text
from dunwell.adapters.stripe_shapes import (
    charge_from,
    failure_from,
    glance_from,
    invoice_from,
    payment_intents,
    status_of,
)
from dunwell.domain.invoices import Invoice, Status
from dunwell.domain.money import Money
from dunwell.domain.payments import Failure, Outcome
from dunwell.errors import ObjectMissingError, ProcessorUnavailableError
from dunwell.heard_events import HeardEvent
from dunwell.ports import Clock
from dunwell.records import ChargeResult, Glance, Reading

CONNECT_TIMEOUT_S: Final = 3.0
READ_TIMEOUT_S: Final = 10.0
CHARGE_TIMEOUT_S: Final = 40.0
"""A bank takes its time; giving up earlier only makes an outcome unknown."""

DEVICES_SPAN: Final = timedelta(hours=24)
"""Where nobody tells how many devices presented a card, Radar sessions within so long are counted."""

PAGE: Final = 100
"""Objects on one page of a list, the most that Stripe gives."""

EVENT_TYPES: Final = tuple(
    f"{kind}.{happened}"
    for kind, what in {
        "invoice": "finalized updated paid payment_failed payment_action_required voided"
        " marked_uncollectible deleted",
        "invoice_payment": "paid",
        "credit_note": "created",
        "payment_intent": "processing succeeded payment_failed requires_action",
        "payment_method": "attached detached updated automatically_updated",
        "customer": "updated deleted",
    }.items()
    for happened in what.split()
)
"""Events after which an invoice may read otherwise; Stripe lists at most twenty types at once."""

EXPANDED: Final = [
    "customer.invoice_settings.default_payment_method",
    "customer.default_source",
    "default_payment_method",
    "default_source",
    "parent.subscription_details.subscription.default_payment_method",
    "parent.subscription_details.subscription.default_source",
    "payments.data.payment.payment_intent",
]

_PAYER_NEEDED: Final = frozenset({"authentication_required", "invoice_payment_intent_requires_action"})

ResponseBody = Callable[[], Any]


def stripe_client(api_key: str, api_base: str | None, read_timeout_s: float) -> stripe.StripeClient:
    """A client that never retries by itself; `api_base` is Stripe's own address when None."""
    return stripe.StripeClient(
        api_key,
        http_client=stripe.RequestsClient(timeout=(CONNECT_TIMEOUT_S, read_timeout_s)),
        max_network_retries=0,
        base_addresses={"api": api_base} if api_base else {},
    )


@dataclass(frozen=True, slots=True)
class StripeProcessor:
    """`client` reads and edits, `charging_client` waits longer: the one for payments."""

    client: stripe.StripeClient
    charging_client: stripe.StripeClient
    clock: Clock

    def read_invoice(self, invoice_id: str) -> Reading:
        """See `Processor`. Two requests for an invoice with one PaymentIntent, both within a second; more
        where a list goes on after its first page: of charges, or of an invoice's payments."""
        read_at = self.clock.now()
        invoice = self._get(lambda: self.client.v1.invoices.retrieve(invoice_id, {"expand": EXPANDED}))
        if invoice.get("deleted") is True:
            raise ObjectMissingError(invoice_id)
        if child(invoice, "payments").get("has_more") is True:
            invoice["payments"] = {"data": self._payments(invoice_id)}
        intents = {
            intent_id: body
            or self._get(lambda intent_id=intent_id: self.client.v1.payment_intents.retrieve(intent_id))  # type: ignore[misc]
            for intent_id, body in payment_intents(invoice).items()
        }
        made = self._charges(invoice, intents)
        found = (charge_from(charge) for charge in made)
        charges = tuple(charge for charge in found if charge is not None)
        facts = invoice_from(invoice, list(intents.values()), read_at)
        bill = bill_from(invoice, facts.amount_due.currency)
        return Reading(_with_devices(facts, made), charges, customer_from(invoice), bill)

    def invoice_of_payment(self, payment_intent_id: str) -> str | None:
        payment: Any = {"type": "payment_intent", "payment_intent": payment_intent_id}
        found = self._get(lambda: self.client.v1.invoice_payments.list({"payment": payment, "limit": 1}))
        return next((id_of(item.get("invoice")) for item in listed(found)), None)

    def open_invoices(self) -> Iterator[list[Glance]]:
        asked: Any = {"status": "open"}
        for page in self._pages(lambda at: self.client.v1.invoices.list(asked | at)):
            yield [glance_from(invoice) for invoice in page if id_of(invoice)]

    def events_since(self, since: datetime, *, undelivered: bool) -> Iterator[list[HeardEvent]]:
        asked: Any = {"created": {"gte": int(since.timestamp())}, "types": list(EVENT_TYPES)}
        if undelivered:
            asked["delivery_success"] = False
        for page in self._pages(lambda at: self.client.v1.events.list(asked | at)):
            yield [heard_from(event, json.dumps(event)) for event in page]

    def charge(self, invoice_id: str, idempotency_key: str) -> ChargeResult:
        """See `Processor`. Every exception is an outcome; what is not certain is unknown."""
        try:
            paid = self.charging_client.v1.invoices.pay(
                invoice_id,
                {"off_session": True, "expand": ["payments.data.payment.payment_intent"]},
                {"idempotency_key": idempotency_key},
            )
        except stripe.CardError as error:
            return _card_error(error)
        except stripe.IdempotencyError:
            return ChargeResult(Outcome.UNKNOWN, Failure(code="idempotency_error"))
        except stripe.InvalidRequestError as error:
            code = text(child(error.json_body, "error").get("code")) or "invalid_request"
            return ChargeResult(Outcome.DECLINED, Failure(code=code), charged=False)
        except stripe.StripeError as error:
            return ChargeResult(Outcome.UNKNOWN, Failure(code=type(error).__name__))
        return _paid(_body(paid))

    def credit(self, invoice_id: str, amount: Money, idempotency_key: str) -> bool:
        """Creates a credit note over the shortfall; the customer gets no mail from Stripe about it."""
        return self._edit(
            lambda: self.client.v1.credit_notes.create(
                {"invoice": invoice_id, "amount": amount.amount, "email_type": "none"},
                {"idempotency_key": idempotency_key},
            )
        )

    def mark_uncollectible(self, invoice_id: str, idempotency_key: str) -> bool:
        return self._edit(
            lambda: self.client.v1.invoices.mark_uncollectible(
                invoice_id, {}, {"idempotency_key": idempotency_key}
            )
        )

    def annotate(
        self, kind: Literal["invoice", "customer"], object_id: str, metadata: Mapping[str, str]
    ) -> None:
        """See `Annotations`."""
        service: Any = self.client.v1.invoices if kind == "invoice" else self.client.v1.customers
        self._get(lambda: service.update(object_id, {"metadata": dict(metadata)}))

    def _payments(self, invoice_id: str) -> list[Json]:
        """All payments of an invoice, their PaymentIntents not expanded."""
        asked: Any = {"invoice": invoice_id}
        pages = self._pages(lambda at: self.client.v1.invoice_payments.list(asked | at))
        return [payment for page in pages for payment in page]

    def _charges(self, invoice: Json, intent_ids: Collection[str]) -> list[Json]:
        """All charges made for the invoice, through its PaymentIntents or, before these, directly."""
        found: list[Json] = []
        for intent_id in intent_ids:
            asked: Any = {"payment_intent": intent_id}
            for page in self._pages(lambda at, asked=asked: self.client.v1.charges.list(asked | at)):  # type: ignore[misc]
                found += page
        direct = invoice.get("charge")
        if not intent_ids and id_of(direct):
            charge_id = id_of(direct) or ""
            found.append(
                child({"charge": direct}, "charge")
                or self._get(lambda: self.client.v1.charges.retrieve(charge_id))
            )
        return found

    def _pages(self, listing: Callable[[Any], Any]) -> Iterator[list[Json]]:
        """The pages of a list, 100 objects each, until there are no more."""
        at: dict[str, Any] = {"limit": PAGE}
        more = True
        while more:
            body = self._get(lambda at=at: listing(at))  # type: ignore[misc]
            page = [item for item in listed(body) if id_of(item)]
            at = {"limit": PAGE, "starting_after": page[-1]["id"]} if page else at
            more = bool(page) and body.get("has_more") is True
            yield page

    def _get(self, call: ResponseBody) -> dict[str, Any]:
        """What a reading call answers, as plain JSON."""
        try:
            return _body(call())
        except stripe.StripeError as error:
            if error.http_status == 404:
                raise ObjectMissingError(error.code or "not found") from error
            raise ProcessorUnavailableError(error.code or type(error).__name__) from error

    def _edit(self, call: ResponseBody) -> bool:
        """Whether an edit was made. A key already used for the same edit answers as it did then."""
        try:
            call()
        except stripe.IdempotencyError as error:
            raise ProcessorUnavailableError("idempotency_error") from error
        except stripe.InvalidRequestError:
            return False
        except stripe.StripeError as error:
            raise ProcessorUnavailableError(type(error).__name__) from error
        return True


def _body(answer: Any) -> dict[str, Any]:
    """The raw JSON of an answer: SDK objects are no dicts, and follow one API version only."""
    body: dict[str, Any] = json.loads(answer.last_response.body)
    return body


def _card_error(error: stripe.CardError) -> ChargeResult:
    body = child(error.json_body, "error")
    failure = failure_from(body)
    needs_payer = {failure.code, failure.decline_code} & _PAYER_NEEDED
    charge_id = id_of(body.get("charge")) or id_of(child(body, "payment_intent").get("latest_charge"))
    return ChargeResult(
        Outcome.ACTION_REQUIRED if needs_payer else Outcome.DECLINED,
        failure,
        charge_id,
        charged=charge_id is not None or bool(failure.decline_code) or bool(needs_payer),
    )


def _with_devices(invoice: Invoice, charges: Iterable[Json]) -> Invoice:
    """The invoice, its payment method with the number of sessions in which it was charged of late: they
    stand in for devices."""
    method = invoice.payment_method
    if method is None or method.devices is not None:
        return invoice
    since = invoice.read_at - DEVICES_SPAN
    recent = (one for one in charges if (instant(one.get("created")) or since) > since)
    same = (one for one in recent if id_of(one.get("payment_method")) == method.id)
    sessions = {text(child(one, "radar_options").get("session")) for one in same} - {None}
    return replace(invoice, payment_method=replace(method, devices=len(sessions) or None))


def _paid(invoice: Json) -> ChargeResult:
    """What a 200 says: paid, or waiting for the bank, or for the payer."""
    charges = {
        text(intent.get("status")): id_of(intent.get("latest_charge"))
        for intent in payment_intents(invoice).values()
    }
    if status_of(invoice) is Status.PAID:
        return ChargeResult(Outcome.SUCCEEDED, charge_id=_default_charge(invoice))
    if "processing" in charges:
        return ChargeResult(Outcome.PROCESSING, charge_id=charges["processing"])
    if "requires_action" in charges:
        return ChargeResult(Outcome.ACTION_REQUIRED, charge_id=charges["requires_action"])
    return ChargeResult(Outcome.UNKNOWN, Failure(code="open_after_pay"))


def _default_charge(invoice: Json) -> str | None:
    """The charge of the invoice's default payment, which is what `pay` pays; None where it is not told,
    and the list of charges tells."""
    for payment in listed(invoice.get("payments")):
        if payment.get("is_default") is True:
            return id_of(child(payment, "payment", "payment_intent").get("latest_charge"))
    return None
