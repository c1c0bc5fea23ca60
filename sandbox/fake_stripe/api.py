"""Stripe's HTTP API over an account: routes, form bodies, expansion, errors and the idempotency layer."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sandbox.fake_stripe.account import Account
from sandbox.fake_stripe.errors import StripeAPIError, invalid
from sandbox.fake_stripe.objects import Json

KEYS_KEPT: Final = timedelta(hours=24)
"""Stripe may forget an idempotency key after this."""

INCLUDED_MAX: Final = 10
"""How much of a list an object brings along."""

_FIELD_KINDS: Final = {
    "charge": "charge",
    "customer": "customer",
    "default_payment_method": "payment_method",
    "default_source": "payment_method",
    "invoice": "invoice",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
    "subscription": "subscription",
}
"""Which objects the ids in expandable fields belong to."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the API. `params` are those of the query or the body, nested as Stripe nests them."""

    method: str
    path: str
    params: Json
    key: str | None
    idempotency_key: str | None


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: Json
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class _Remembered:
    fingerprint: str
    response: Response
    at: datetime


class StripeAPI:
    """Answers requests. `requests` counts them by method and route, for those who want to know."""

    def __init__(self, account: Account, api_key: str) -> None:
        self.account = account
        self.requests: dict[str, int] = {}
        self.current: Request | None = None
        self.breaks_next: int | None = None
        """The status with which the next POST is answered without being done: a 500 or 400 is remembered
        for its key by the idempotency layer, a 409 comes before it."""
        self.page_max = 100
        """The most objects on one page of a list."""
        self._lost: str | None = None
        self._api_key = api_key
        self._remembered: dict[str, _Remembered] = {}
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Json]]] = [
            (method, re.compile(f"/v1/{pattern}"), handler) for method, pattern, handler in self._table()
        ]

    def lose_next_answer_to(self, verb: str) -> None:
        """The next request whose path ends so is done, and its answer is lost: the caller sees a 500
        that the idempotency layer does not know of."""
        self._lost = verb

    def handle(self, request: Request) -> Response:
        """The answer to one request; errors are answers too."""
        response = self._handle(request)
        if self._lost is not None and request.path.endswith(self._lost):
            self._lost = None
            return Response(502, StripeAPIError(502, "api_error", "The answer was lost.").body)
        return response

    def _handle(self, request: Request) -> Response:
        if request.key != self._api_key:
            return Response(
                401, StripeAPIError(401, "invalid_request_error", "Invalid API Key provided").body
            )
        if request.method == "POST" and request.idempotency_key:
            return self._once(request, request.idempotency_key)
        return self._answer(request)

    def _once(self, request: Request, key: str) -> Response:
        """The idempotency layer: the stored answer is replayed, errors included; other parameters: 400."""
        asked = hashlib.sha256(
            f"{request.path}{json.dumps(request.params, sort_keys=True)}".encode()
        ).hexdigest()
        broken, self.breaks_next = self.breaks_next, None
        known = self._remembered.get(key)
        if known is not None and self.account.now() - known.at < KEYS_KEPT:
            if known.fingerprint != asked:
                message = "An idempotency key goes with the parameters it was first used with."
                return Response(400, StripeAPIError(400, "idempotency_error", message).body)
            return Response(known.response.status, known.response.body, replayed=True)
        if broken == 409:
            return _broken(409)
        response = _broken(broken) if broken else self._answer(request)
        self._remembered[key] = _Remembered(asked, response, self.account.now())
        return response

    def _answer(self, request: Request) -> Response:
        try:
            for method, pattern, handler in self._routes:
                found = pattern.fullmatch(request.path)
                if found and method == request.method:
                    route = f"{method} {pattern.pattern}"
                    self.requests[route] = self.requests.get(route, 0) + 1
                    self.current = request
                    answer = handler(request.params, *found.groups())
                    return Response(200, self._expanded(answer, request.params.get("expand", [])))
        except StripeAPIError as error:
            return Response(error.status, error.body)
        finally:
            self.current = None
        message = f"Unrecognized request URL ({request.path})"
        return Response(404, StripeAPIError(404, "invalid_request_error", message).body)

    def _table(self) -> Iterable[tuple[str, str, Callable[..., Json]]]:
        """Every route there is. An id is what stands for `([^/]+)`."""
        account = self.account
        for kind in (
            "customer",
            "payment_method",
            "invoice",
            "payment_intent",
            "charge",
            "event",
            "subscription",
        ):
            yield "GET", f"{kind}s/([^/]+)", lambda _, object_id, kind=kind: account.get(kind, object_id)
        yield "GET", "invoices", self._list_invoices
        yield "GET", "events", self._list_events
        yield "GET", "charges", self._list_charges
        yield "GET", "invoice_payments", self._list_invoice_payments
        yield "POST", "customers", lambda params: account.create_customer(**params)
        for kind in ("customer", "invoice"):
            yield "POST", f"{kind}s/([^/]+)", partial(self._annotate, kind)
        yield "POST", "payment_methods/([^/]+)/attach", self._attach
        yield "POST", "invoices", self._create_invoice
        yield (
            "POST",
            "invoices/([^/]+)/finalize",
            lambda _, found: account.finalize(account.get("invoice", found)),
        )
        yield "POST", "invoices/([^/]+)/pay", lambda _, found: account.pay(account.get("invoice", found))
        yield "POST", "invoices/([^/]+)/void", lambda _, found: account.void(account.get("invoice", found))
        yield "POST", "invoices/([^/]+)/mark_uncollectible", self._mark_uncollectible
        yield "POST", "credit_notes", self._credit

    def _mark_uncollectible(self, _: Json, invoice_id: str) -> Json:
        return self.account.mark_uncollectible(self.account.get("invoice", invoice_id))

    def _annotate(self, kind: str, params: Json, object_id: str) -> Json:
        """Metadata key by key, as Stripe does: an empty value deletes one, and the object's event follows."""
        found = self.account.get(kind, object_id)
        for key, told in dict(params.get("metadata", {})).items():
            found["metadata"].pop(key, None)
            if told:
                found["metadata"][key] = told
        self.account.tell(f"{kind}.updated", found)
        return found

    def _credit(self, params: Json) -> Json:
        invoice = self.account.get("invoice", str(params.get("invoice")))
        return self.account.credit(invoice, _whole(params, "amount"))

    def _create_invoice(self, params: Json) -> Json:
        """As Stripe's, but the amount is given here: the sandbox has no invoice items."""
        fields = dict(params)
        customer = self.account.get("customer", str(fields.pop("customer", None)))
        amount = _whole(fields, "amount")
        fields.pop("amount")
        if "days_until_due" in fields:
            fields["days_until_due"] = _whole(fields, "days_until_due")
        if "auto_advance" in fields:
            fields["auto_advance"] = fields["auto_advance"] == "true"
        return self.account.create_invoice(customer, amount, str(fields.pop("currency", "eur")), **fields)

    def _attach(self, params: Json, named: str) -> Json:
        """Attaches one of Stripe's test methods (pm_card_visa, pm_card_chargeCustomerFail)."""
        customer = self.account.get("customer", str(params.get("customer")))
        return self.account.attach_method(customer, "card", test_method=named)

    def _list_invoices(self, params: Json) -> Json:
        found = [
            invoice
            for invoice in self.account.objects["invoice"].values()
            if params.get("status") in (None, invoice.get("status"))
            and params.get("customer") in (None, invoice.get("customer"))
        ]
        return self._page(found, params, "/v1/invoices")

    def _list_events(self, params: Json) -> Json:
        kinds, created = params.get("types"), params.get("created") or {}
        found = [
            event
            for event in reversed(self.account.objects["event"].values())
            if (not kinds or event["type"] in kinds)
            and event["created"] >= int(created.get("gte", 0))
            and (params.get("delivery_success") != "false" or event["pending_webhooks"])
        ]
        return self._page(found, params, "/v1/events")

    def _list_charges(self, params: Json) -> Json:
        found = self.account.charges_of(str(params.get("payment_intent")))
        return self._page(found, params, "/v1/charges")

    def _list_invoice_payments(self, params: Json) -> Json:
        payment = params.get("payment") or {}
        found = [
            item
            for item in self.account.objects["invoice_payment"].values()
            if params.get("invoice") in (None, item.get("invoice"))
            and payment.get("payment_intent") in (None, (item.get("payment") or {}).get("payment_intent"))
        ]
        return self._page(found, params, "/v1/invoice_payments")

    def _page(self, found: list[Json], params: Json, url: str) -> Json:
        limit = min(_whole(params, "limit") if "limit" in params else 10, self.page_max)
        after = params.get("starting_after")
        start = next((n + 1 for n, item in enumerate(found) if item["id"] == after), 0) if after else 0
        page = found[start : start + limit]
        return {"object": "list", "data": page, "has_more": len(found) > start + limit, "url": url}

    def _expanded(self, answer: Json, paths: Iterable[str]) -> Json:
        """A copy with the ids at `paths` replaced by their objects; an invoice's `payments` on request."""
        body = deepcopy(answer)
        for path in paths:
            self._expand([body], path.split("."))
        return body

    def _expand(self, places: list[Json], path: list[str]) -> None:
        name, rest = path[0], path[1:]
        children: list[Json] = []
        for place in places:
            if name == "payments" and place.get("object") == "invoice":
                payments = deepcopy(self.account.payments_of(place["id"]))
                most = min(INCLUDED_MAX, self.page_max)
                more = len(payments) > most
                place["payments"] = {"object": "list", "data": payments[:most], "has_more": more}
            value = place.get(name)
            if isinstance(value, str) and name in _FIELD_KINDS:
                found = self.account.objects[_FIELD_KINDS[name]].get(value)
                value = place[name] = deepcopy(found) if found is not None else value
            items = value if isinstance(value, list) else [value]
            children += [item for item in items if isinstance(item, dict)]
        if rest and children:
            self._expand(children, rest)


def _broken(status: int) -> Response:
    kind = "invalid_request_error" if status == 400 else "api_error"
    return Response(status, StripeAPIError(status, kind, "Stripe could not do this.").body)


def _whole(params: Json, name: str) -> int:
    value = params.get(name)
    try:
        return int(str(value))
    except ValueError:
        raise invalid(f"Invalid integer: {value}", "parameter_invalid_integer", param=name) from None
