"""Brings one event to one endpoint: at once, or again and again for three days. An endpoint that takes none
rests, so that it holds up no other."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from dunwell.domain.deliveries import Delivery, Health, delivery_id
from dunwell.domain.policies import Endpoint
from dunwell.errors import EndpointFailedError
from dunwell.ports import Clock, DeliveryStore, Endpoints, InvoiceStore, SettingsStore, Telling
from dunwell.records import PublishedEvent, event_of

FAILING_FOR: Final = timedelta(hours=1)
"""People hear of an endpoint that has taken nothing for so long."""


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """At least once: an answer that was lost is a second delivery, of the same id."""

    invoices: InvoiceStore
    deliveries: DeliveryStore
    endpoints: Endpoints
    settings: SettingsStore
    clock: Clock
    telling: Telling

    def run(self, delivery: str, due: str | None = None) -> None:
        """Tries a delivery (`<endpoint>/<event id>`), unless a later try is planned. One that was given up
        begins anew: somebody had the event told again. One that was `due` (in the index) and is not known
        any more was taken since."""
        name, _, event_id = delivery.partition("/")
        with self.telling.about(event_id.rpartition(":")[0] or None):
            self._deliver(name, event_id, due)

    def _deliver(self, name: str, event_id: str, due: str | None) -> None:
        known, now = self.deliveries.load(name, event_id), self.clock.now()
        if (known is None or known.is_given_up) and due is not None:
            return
        if known is not None and known.due_at is not None and known.due_at > now:
            return
        endpoint = next((one for one in self.settings.current().webhooks if one.name == name), None)
        event = self.invoices.event(*event_of(event_id))
        if endpoint is None or event is None:
            told = delivery_id(name, event_id)
            self.telling.note("a webhook that nobody waits for any more", delivery=told)
            self.deliveries.drop(name, event_id)
            return
        begun = known if known is not None and not known.is_given_up else Delivery(name, event_id, now)
        health = self.deliveries.of_endpoint(name)
        if health.rests(now):
            self._keep(known, begun.waiting_for(health, now))
            return
        self._try(endpoint, event, known, begun, health)

    def _try(
        self,
        endpoint: Endpoint,
        event: PublishedEvent,
        known: Delivery | None,
        begun: Delivery,
        health: Health,
    ) -> None:
        try:
            self.endpoints.post(endpoint, event)
        except EndpointFailedError as error:
            self._has_failed(begun, known, error, health)
            return
        self.telling.count("WebhooksDelivered")
        self.telling.note("webhook delivered", endpoint=begun.endpoint, event_id=event.id)
        if known is not None:
            self.deliveries.drop(known.endpoint, known.event_id)
        if health.failures:
            self.deliveries.keep_health(endpoint.name, Health())

    def _has_failed(
        self, begun: Delivery, known: Delivery | None, error: EndpointFailedError, health: Health
    ) -> None:
        """What is planned is written first: a crash in between leaves the endpoint's health as it was."""
        now = self.clock.now()
        after = (
            begun.refused_for_good(error.problem)
            if error.is_final
            else begun.after_failure(error.problem, now)
        )
        self._keep(known, after)
        self.deliveries.keep_health(begun.endpoint, worse := health.after_failure(now))
        self.telling.warn(
            "a webhook was not taken",
            endpoint=begun.endpoint,
            event_id=begun.event_id,
            problem=error.problem,
            tries=after.tries,
        )
        self.telling.count("WebhooksFailed")
        if worse.failing_since is not None and now - worse.failing_since >= FAILING_FOR:
            self.telling.count("WebhookEndpointsFailing")

    def _keep(self, known: Delivery | None, after: Delivery) -> None:
        self.deliveries.keep(known, after)
        if after.is_given_up:
            self.telling.warn("a webhook is given up", endpoint=after.endpoint, event_id=after.event_id)
            self.telling.count("WebhooksGivenUp")
