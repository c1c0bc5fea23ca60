"""The ledger: every object, who hears of its changes, and what is to happen when; no rule of Stripe's."""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from sandbox.fake_stripe.errors import missing
from sandbox.fake_stripe.objects import Json, seconds

Listener = Callable[[str, Json, Json], None]
"""Hears (event type, the object itself, previous attributes) of everything that happens."""


class Ledger:
    """One account's objects by kind and id. `now` gives the time; `seed` tells its ids from another's."""

    def __init__(self, now: Callable[[], datetime], seed: str = "") -> None:
        self.now = now
        self.objects: dict[str, dict[str, Json]] = defaultdict(dict)
        self.listeners: list[Listener] = []
        self._ids = itertools.count(1)
        self._seed = seed
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []

    # ------------------------------------------------------------------------------------ reading

    def get(self, kind: str, object_id: str) -> Json:
        """The object itself, not a copy. Raises a 404 when there is none."""
        found = self.objects[kind].get(object_id)
        if found is None:
            raise missing(kind.replace("_", " "), object_id)
        return found

    def payments_of(self, invoice_id: str) -> list[Json]:
        return [p for p in self.objects["invoice_payment"].values() if p.get("invoice") == invoice_id]

    def charges_of(self, intent_id: str) -> list[Json]:
        """Newest first, as Stripe lists them."""
        found = [c for c in self.objects["charge"].values() if c.get("payment_intent") == intent_id]
        return sorted(found, key=lambda c: (-(c.get("created") or 0), c["id"]))

    def is_processing(self, invoice: Json) -> bool:
        """Whether any payment of the invoice waits for its bank."""
        intents = (p["payment"].get("payment_intent") for p in self.payments_of(invoice["id"]))
        return any(
            (self.objects["payment_intent"].get(intent_id) or {}).get("status") == "processing"
            for intent_id in intents
        )

    # ------------------------------------------------------------------------------------ writing

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{self._seed}{next(self._ids):08d}"

    def seconds(self) -> int:
        """Now, in Stripe's whole seconds since the epoch."""
        return seconds(self.now())

    def keep(self, new: Json) -> Json:
        self.objects[new["object"]][new["id"]] = new
        return new

    def tell(self, event_type: str, subject: Json, before: Json | None = None) -> Json:
        """Has every listener hear of a change; returns what changed."""
        for listener in self.listeners:
            listener(event_type, subject, before or {})
        return subject

    # ----------------------------------------------------------------------- what happens by itself

    def at(self, when: datetime, act: Callable[[], None]) -> None:
        """Has something happen at an instant: how worlds and stories script the outside, too."""
        heapq.heappush(self._agenda, (when, next(self._ids), act))

    def next_at(self) -> datetime | None:
        """When Stripe next does something by itself (an attempt, a bank debit that settles)."""
        return self._agenda[0][0] if self._agenda else None

    def advance(self) -> int:
        """Does what has become due; returns how many things that were."""
        done = 0
        while self._agenda and self._agenda[0][0] <= self.now():
            _, _, act = heapq.heappop(self._agenda)
            act()
            done += 1
        return done
