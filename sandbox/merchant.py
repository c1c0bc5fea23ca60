"""The owner's other systems: endpoints that take webhooks, verify them, and are down now and then."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from dunwell.adapters import public_https
from dunwell.adapters.event_bus import envelope
from dunwell.domain.policies import Endpoint
from dunwell.errors import EndpointFailedError
from dunwell.records import PublishedEvent
from standardwebhooks.webhooks import Webhook

SECRET: Final = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3g="  # noqa: S105 - made up, good for this machine only

Json = dict[str, Any]


@dataclass(slots=True)
class Merchant:
    """What each address has `taken`, verified, in its order; what is `down` answers 503."""

    taken: list[tuple[str, Json]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Stands in for `public_https.post`."""
        if url in self.down:
            return 503
        told: Json = Webhook(SECRET).verify(body, dict(headers))
        if told != json.loads(body) or headers["webhook-id"] != told["id"]:
            return 400
        self.taken.append((url, told))
        return 204

    def toggle(self, url: str) -> None:
        """Whether an address is down is otherwise from now on."""
        self.down ^= {url}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Within it nothing else is connected to."""
        before = public_https.post
        public_https.post = self.post
        try:
            yield
        finally:
            public_https.post = before


@dataclass(slots=True)
class MemoryEndpoints:
    """`Endpoints` in memory: the merchant hears of an event, or is down."""

    merchant: Merchant

    def post(self, endpoint: Endpoint, event: PublishedEvent) -> None:
        if endpoint.url in self.merchant.down:
            raise EndpointFailedError("it is down")
        self.merchant.taken.append((endpoint.url, envelope(event)))
