"""`Processor` over the fake Stripe in this process: its objects read by the adapter's own shapes, without
HTTP and without the SDK, whose ways the full model covers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from dunwell.adapters.stripe_customers import customer_from
from dunwell.adapters.stripe_events import heard_from
from dunwell.adapters.stripe_processor import EVENT_TYPES
from dunwell.adapters.stripe_shapes import charge_from, failure_from, glance_from, invoice_from
from dunwell.domain.money import Money
from dunwell.domain.payments import Failure, Outcome
from dunwell.errors import ObjectMissingError, ProcessorUnavailableError
from dunwell.heard_events import HeardEvent
from dunwell.ports import Clock
from dunwell.records import ChargeResult, Glance, Reading

from sandbox.fake_stripe.account import Account
from sandbox.fake_stripe.api import Request, Response, StripeAPI
from sandbox.simulation.witness import Witness

Json = dict[str, Any]
T = TypeVar("T")

INVOICES_ON_A_PAGE: Final = 1
EVENTS_ON_A_PAGE: Final = 5
"""Few, so that small worlds have page boundaries, too."""


@dataclass(slots=True)
class FastProcessor:
    account: Account
    api: StripeAPI
    witness: Witness
    clock: Clock

    def read_invoice(self, invoice_id: str) -> Reading:
        invoice = self.account.objects["invoice"].get(invoice_id)
        if invoice is None:
            raise ObjectMissingError(invoice_id)
        self.witness.has_read(invoice_id)
        objects = self.account.objects
        intents: list[Mapping[str, Any]] = [
            objects["payment_intent"][p["payment"]["payment_intent"]]
            for p in self.account.payments_of(invoice_id)
        ]
        expanded = self._expanded(invoice)
        charges = [charge_from(c) for intent in intents for c in self.account.charges_of(intent["id"])]
        found = tuple(charge for charge in charges if charge is not None)
        return Reading(invoice_from(expanded, intents, self.clock.now()), found, customer_from(expanded))

    def invoice_of_payment(self, payment_intent_id: str) -> str | None:
        payments = self.account.objects["invoice_payment"].values()
        found = (p["invoice"] for p in payments if p["payment"]["payment_intent"] == payment_intent_id)
        return next(found, None)

    def open_invoices(self) -> Iterator[list[Glance]]:
        found = [glance_from(i) for i in self.account.objects["invoice"].values() if i["status"] == "open"]
        yield from _pages(found, INVOICES_ON_A_PAGE)

    def events_since(self, since: datetime, *, undelivered: bool) -> Iterator[list[HeardEvent]]:
        events = self.account.objects["event"].values()
        found = [
            heard_from(event, "")
            for event in reversed(events)
            if event["type"] in EVENT_TYPES
            and event["created"] >= since.timestamp()
            and (event["pending_webhooks"] or not undelivered)
        ]
        yield from _pages(found, EVENTS_ON_A_PAGE)

    def charge(self, invoice_id: str, idempotency_key: str) -> ChargeResult:
        response = self._post(f"invoices/{invoice_id}/pay", {"off_session": "true"}, idempotency_key)
        error = response.body.get("error", {})
        if response.status == 402:
            return ChargeResult(Outcome.DECLINED, failure_from(error), error.get("charge"))
        if response.status == 400 and error["type"] != "idempotency_error":
            return ChargeResult(
                Outcome.DECLINED, Failure(code=error.get("code", "invalid_request")), charged=False
            )
        if response.status != 200:
            return ChargeResult(Outcome.UNKNOWN, Failure(code=str(response.status)))
        if response.body["status"] == "paid":
            return ChargeResult(Outcome.SUCCEEDED, charge_id=self._charge_of(invoice_id, "succeeded"))
        return ChargeResult(Outcome.PROCESSING, charge_id=self._charge_of(invoice_id, "processing"))

    def credit(self, invoice_id: str, amount: Money, idempotency_key: str) -> bool:
        params = {"invoice": invoice_id, "amount": str(amount.amount)}
        return self._edit("credit_notes", params, idempotency_key)

    def mark_uncollectible(self, invoice_id: str, idempotency_key: str) -> bool:
        return self._edit(f"invoices/{invoice_id}/mark_uncollectible", {}, idempotency_key)

    def _charge_of(self, invoice_id: str, status: str) -> str | None:
        """The charge of the invoice's default payment, where that payment stands so."""
        payments = (p for p in self.account.payments_of(invoice_id) if p["is_default"])
        intents = (self.account.objects["payment_intent"][p["payment"]["payment_intent"]] for p in payments)
        return next((one["latest_charge"] for one in intents if one["status"] == status), None)

    def _edit(self, path: str, params: Json, key: str) -> bool:
        response = self._post(path, params, key)
        error = response.body.get("error", {})
        if response.status == 400 and error.get("type") != "idempotency_error":
            return False
        if response.status != 200:
            raise ProcessorUnavailableError(str(response.status))
        return True

    def _post(self, path: str, params: Json, key: str) -> Response:
        request = Request("POST", f"/v1/{path}", params, "key", key)
        return self.witness.watch(request, self.api.handle)

    def _expanded(self, invoice: Json) -> Json:
        """The invoice with its customer and payment methods, as the adapter asks for it."""
        methods = self.account.objects["payment_method"]
        customer = self.account.objects["customer"][invoice["customer"]]
        chosen = customer["invoice_settings"]["default_payment_method"]
        default = invoice["default_payment_method"]
        return {
            **invoice,
            "customer": {**customer, "invoice_settings": {"default_payment_method": methods.get(chosen)}},
            "default_payment_method": methods.get(default) if default else None,
        }


def _pages(found: list[T], size: int) -> Iterator[list[T]]:
    yield from (found[start : start + size] for start in range(0, len(found), size))
