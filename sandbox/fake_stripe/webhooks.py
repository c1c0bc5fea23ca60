"""Webhooks: every event, signed, in its endpoint's version, at least once and in no order."""

import hashlib
import heapq
import hmac
import itertools
import json
import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sandbox.fake_stripe.account import Account
from sandbox.fake_stripe.api import StripeAPI
from sandbox.fake_stripe.objects import API_VERSION, Json, seconds
from sandbox.fake_stripe.versions import rendered

RETRIED_FOR: Final = timedelta(days=3)
"""Stripe redelivers what was not answered with 2xx for so long."""

Deliver = Callable[[bytes, dict[str, str]], int]
"""Posts a body with its headers to the endpoint and returns the HTTP status."""


@dataclass(slots=True)
class Endpoint:
    """A webhook endpoint as the merchant set it up; its secret may be rotated."""

    secret: str
    api_version: str = API_VERSION
    thin: bool = False


@dataclass(slots=True)
class Delivered:
    """What became of the deliveries: counts, and the statuses that were answered."""

    events: int = 0
    deliveries: int = 0
    refused: int = 0
    given_up: int = 0
    statuses: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Disorder:
    """How badly the network behaves: the longest delay, and the share of events delivered twice."""

    delay_max: timedelta = timedelta(0)
    repeated_share: float = 0.0


class Webhooks:
    """Hears the account and delivers each event. `deliver` is set once there is somewhere to deliver to."""

    def __init__(
        self,
        account: Account,
        api: StripeAPI,
        endpoints: Sequence[Endpoint],
        disorder: Disorder | None = None,
        seed: int = 0,
    ) -> None:
        self.deliver: Deliver | None = None
        self.delivered = Delivered()
        self._account = account
        self._api = api
        self.endpoints = [replace(endpoint) for endpoint in endpoints]
        self._disorder = disorder or Disorder()
        self._random = random.Random(f"webhooks-{seed}")
        self._order = itertools.count()
        self._waiting: list[tuple[datetime, int, datetime, Endpoint, Json]] = []
        account.listeners.append(self._hear)

    def next_at(self) -> datetime | None:
        return self._waiting[0][0] if self._waiting else None

    def advance(self) -> int:
        """Makes the next delivery if it is due; returns how many deliveries that were."""
        if not self._waiting or self._waiting[0][0] > self._account.now():
            return 0
        _, _, first_at, endpoint, event = heapq.heappop(self._waiting)
        self._post(endpoint, event, first_at)
        return 1

    def drop_waiting(self) -> int:
        """Loses every delivery under way, for good; returns how many."""
        lost = len(self._waiting)
        self._waiting.clear()
        return lost

    def send(self, event: Json, endpoint: Endpoint | None = None) -> int:
        """Signs one event and posts it at once; returns the status. For stories and replays."""
        return self.send_raw(json.dumps(event, indent=2).encode(), endpoint or self.endpoints[0])

    def send_raw(self, body: bytes, endpoint: Endpoint | None = None) -> int:
        if self.deliver is None:
            raise RuntimeError("nowhere to deliver to: set `deliver` first")
        secret = (endpoint or self.endpoints[0]).secret
        headers = {
            "content-type": "application/json; charset=utf-8",
            "stripe-signature": signature(body, secret, seconds(self._account.now())),
        }
        status = self.deliver(body, headers)
        self.delivered.deliveries += 1
        self.delivered.statuses[status] = self.delivered.statuses.get(status, 0) + 1
        return status

    def _hear(self, event_type: str, subject: Json, before: Json) -> None:
        now = self._account.now()
        event = self._event(event_type, subject, before, now)
        self._account.objects["event"][event["id"]] = event
        self.delivered.events += 1
        for endpoint in self.endpoints:
            copies = 1 + (self._random.random() < self._disorder.repeated_share)
            for _ in range(copies):
                delay = self._disorder.delay_max * self._random.random()
                heapq.heappush(self._waiting, (now + delay, next(self._order), now, endpoint, event))

    def _event(self, event_type: str, subject: Json, before: Json, now: datetime) -> Json:
        asked = self._api.current
        data: Json = {"object": deepcopy(subject)}
        if before:
            data["previous_attributes"] = before
        return {
            "id": self._account.new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": seconds(now),
            "data": data,
            "livemode": False,
            "pending_webhooks": len(self.endpoints),
            "request": {
                "id": "req_fake" if asked else None,
                "idempotency_key": asked.idempotency_key if asked else None,
            },
            "type": event_type,
        }

    def _post(self, endpoint: Endpoint, event: Json, first_at: datetime) -> None:
        status = self.send(self._as_seen_by(endpoint, event), endpoint)
        if 200 <= status < 300:
            event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
            return
        self.delivered.refused += 1
        now = self._account.now()
        again_at = now + max(timedelta(minutes=5), now - first_at)
        if again_at - first_at > RETRIED_FOR:
            self.delivered.given_up += 1
            return
        heapq.heappush(self._waiting, (again_at, next(self._order), first_at, endpoint, event))

    def _as_seen_by(self, endpoint: Endpoint, event: Json) -> Json:
        if endpoint.thin and event["type"].startswith("invoice."):
            return _thin(event)
        subject = rendered(event["data"]["object"], endpoint.api_version, *self._links())
        return event | {"api_version": endpoint.api_version, "data": event["data"] | {"object": subject}}

    def _links(self) -> tuple[dict[str, str], dict[str, str]]:
        """Which PaymentIntent belongs to which invoice, and back, charges included."""
        intent_of: dict[str, str] = {}
        invoice_of: dict[str, str] = {}
        for payment in self._account.objects["invoice_payment"].values():
            intent_id = (payment.get("payment") or {}).get("payment_intent")
            if intent_id:
                intent_of.setdefault(payment["invoice"], intent_id)
                invoice_of[intent_id] = payment["invoice"]
        for charge in self._account.objects["charge"].values():
            if charge.get("payment_intent") in invoice_of:
                invoice_of[charge["id"]] = invoice_of[charge["payment_intent"]]
        return intent_of, invoice_of


def signature(body: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` header for a body, signed at a Unix time."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _thin(event: Json) -> dict[str, Any]:
    subject = event["data"]["object"]
    return {
        "id": event["id"],
        "object": "v2.core.event",
        "type": f"v1.{event['type']}",
        "created": datetime.fromtimestamp(event["created"], UTC).isoformat(),
        "livemode": event["livemode"],
        "related_object": {
            "id": subject["id"],
            "type": subject["object"],
            "url": f"/v1/{subject['object']}s/{subject['id']}",
        },
    }
