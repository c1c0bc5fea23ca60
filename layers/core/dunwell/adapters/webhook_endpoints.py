"""`Endpoints`: events as webhooks, signed by the Standard Webhooks scheme (www.standardwebhooks.com)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from dunwell.adapters.event_bus import envelope
from dunwell.domain.policies import Endpoint
from dunwell.errors import EndpointFailedError
from dunwell.ports import Clock
from dunwell.records import PublishedEvent

GONE: Final = 410
"""By the specification: the endpoint will never take anything again."""

Secrets = Callable[[str], Sequence[str]]
"""The secrets of an endpoint, by its name: one, and while it is rotated another."""

Post = Callable[[str, bytes, Mapping[str, str]], int]
"""Posts a body with headers to an address once, and tells the answer's status."""


@dataclass(frozen=True, slots=True)
class WebhookEndpoints:
    secrets: Secrets
    clock: Clock
    send: Post

    def post(self, endpoint: Endpoint, event: PublishedEvent) -> None:
        body = json.dumps(envelope(event), ensure_ascii=False, separators=(",", ":"))
        status = self.send(endpoint.url, body.encode(), self._headers(endpoint.name, event.id, body))
        if not 200 <= status < 300:
            raise EndpointFailedError(f"it answered {status}", is_final=status == GONE)

    def _headers(self, name: str, event_id: str, body: str) -> Mapping[str, str]:
        """Signed with each secret, so that one can be rotated at leisure; as of this try."""
        now = self.clock.now()
        try:
            signatures = [Webhook(secret).sign(event_id, now, body) for secret in self.secrets(name)]
        except (ValueError, EmptyWebhookSecretError) as error:
            raise EndpointFailedError("its secret is not whsec_ and base64") from error
        if not signatures:
            raise EndpointFailedError("it has no secret in the output WebhookSecretsName")
        return {
            "content-type": "application/json",
            "user-agent": "dunwell",
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
