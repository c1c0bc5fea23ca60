"""Webhooks in memory: an event reaches the intake late, twice, out of order, or never."""

import json
from collections.abc import Container
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from dunwell.adapters.stripe_events import heard_from
from dunwell.adapters.stripe_processor import EVENT_TYPES
from dunwell.errors import WebhookRefusedError
from dunwell.heard_events import HeardEvent

from sandbox.fake_stripe.account import Account
from sandbox.simulation.choices import Choices
from sandbox.simulation.witness import OWN, Witness

GIVEN_UP_AFTER: Final = timedelta(days=3)
DELAYS: Final = tuple(timedelta(seconds=s) for s in (0, 0, 0, 1, 2, 5, 30, 600, 7_200, 259_000))
LOST_FOR: Final = tuple(timedelta(hours=h) for h in (0, 6, 48))
LOST_PER_MILLE: Final = 30
TWICE_PER_MILLE: Final = 50
LEARNT_WITHIN: Final = timedelta(minutes=1)


@dataclass(eq=False, slots=True)
class Delivery:
    at: datetime
    event: dict[str, Any]
    first_at: datetime


@dataclass(slots=True)
class MemoryWebhooks:
    """Hears the account; keeps what is under way. A forged body is one that no event stands for."""

    account: Account
    witness: Witness
    choices: Choices
    disordered: bool
    under_way: list[Delivery] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    """Events that may not have been stored yet."""
    lost_until: datetime | None = None
    """Until when nothing reaches the intake, ever."""
    known_from: datetime | None = None
    """From when on the intake knows the secret that is signed with."""

    def __post_init__(self) -> None:
        self.account.listeners.append(self._hear)

    def read(self, body: bytes, signature: str | None) -> HeardEvent:
        """`WebhookReader`: the body names the event, the signature says whether it is genuine."""
        unknown = self.known_from is not None and self.account.now() < self.known_from
        if signature is None or unknown:
            raise WebhookRefusedError(400, "no signature fits")
        event = self.account.objects["event"][body.decode()]
        return heard_from(event, json.dumps(event))

    def again(self, delivery: Delivery, now: datetime) -> None:
        """The processor delivers again what was not answered with a 2xx, for three days."""
        at = now + max(timedelta(minutes=5), now - delivery.first_at)
        if at - delivery.first_at <= GIVEN_UP_AFTER:
            self.under_way.append(Delivery(at, delivery.event, delivery.first_at))

    def lose(self) -> None:
        """Everything under way is lost, and for a while everything new."""
        self.under_way.clear()
        self.lost_until = self.account.now() + self.choices.one_of(LOST_FOR)

    def rotate(self) -> None:
        """Another secret, which the intake learns of when it next looks."""
        self.known_from = self.account.now() + LEARNT_WITHIN

    def forget(self, stored: Container[str]) -> int:
        """Remembers no longer what is stored; returns how many events are not."""
        self.open = [one for one in self.open if one not in stored]
        return len(self.open)

    def done(self, delivery: Delivery) -> None:
        delivery.event["pending_webhooks"] = 0

    def _hear(self, event_type: str, subject: dict[str, Any], before: dict[str, Any]) -> None:
        if event_type not in EVENT_TYPES:
            return
        now, origin = self.account.now(), self.witness.origin
        event: dict[str, Any] = {
            "id": self.account.new_id("evt"),
            "object": "event",
            "created": int(now.timestamp()),
            "data": {"object": dict(subject), "previous_attributes": before},
            "pending_webhooks": 1,
            "request": {"idempotency_key": origin.partition(":")[2] if origin.startswith(OWN) else None},
            "type": event_type,
        }
        self.account.objects["event"][event["id"]] = event
        self.open.append(event["id"])
        self._send(event, now)

    def _send(self, event: dict[str, Any], now: datetime) -> None:
        if self.lost_until is not None and now < self.lost_until:
            return
        copies, delay = 1, timedelta(0)
        if self.disordered:
            copies = 0 if self.choices.chance(LOST_PER_MILLE) else 1 + self.choices.chance(TWICE_PER_MILLE)
            delay = self.choices.one_of(DELAYS)
        for _ in range(copies):
            self.under_way.append(Delivery(now + delay, event, now))
