"""Bugs in webhooks: one that an endpoint wants and never has, or has and never wanted."""

from dataclasses import replace

from dunwell.adapters.delivery_store import DynamoDeliveryStore
from dunwell.domain.deliveries import Delivery
from dunwell.domain.policies import Endpoint
from dunwell.use_cases.event_publication import EventPublication
from dunwell.use_cases.webhook_delivery import WebhookDelivery

from sandbox.memory.deliveries import MemoryDeliveries
from tests.simulation.planted.bug import Bug, Over, instead, value


def _first_endpoint_only(publish):
    def planted(self, event):
        queues = Over(self.queues, send=lambda worker, bodies: self.queues.send(worker, list(bodies)[:1]))
        publish(replace(self, queues=queues), event)

    return planted


def _given_up_at_once(after_failure):
    return lambda self, problem, now: replace(after_failure(self, problem, now), due_at=None)


def _nothing_kept(keep):
    def planted(self, before, after):
        if after.tries:
            keep(self, before, after)

    return planted


def _never_due(keep):
    return lambda self, before, after: keep(self, before, replace(after, due_at=None))


BUGS: tuple[Bug, ...] = (
    Bug(
        "webhook-to-one",
        "an event is brought to the first endpoint that wants it, and to no other.",
        "fast",
        instead(EventPublication, "_publish", _first_endpoint_only),
        ("N3",),
    ),
    Bug(
        "webhook-unasked",
        "an endpoint is told of every type, whatever it asked for.",
        "fast",
        value(Endpoint, "wants", lambda self, event_type: True),
        ("N3",),
    ),
    Bug(
        "webhook-tried-once",
        "a webhook that was not taken is given up at once.",
        "fast",
        instead(Delivery, "after_failure", _given_up_at_once),
        ("N3",),
    ),
    Bug(
        "webhook-failure-forgotten",
        "a webhook that was not taken is counted, and no further try is planned.",
        "fast",
        value(WebhookDelivery, "_has_failed", lambda self, *told: None),
        ("N3",),
    ),
    Bug(
        "webhook-lost-in-a-rest",
        "what comes while an endpoint rests is not kept.",
        "fast",
        instead(MemoryDeliveries, "keep", _nothing_kept),
        ("N3",),
    ),
    Bug(
        "webhook-never-due",
        "a delivery that failed is kept, but not in the due index.",
        "full",
        instead(DynamoDeliveryStore, "keep", _never_due),
        ("N3",),
    ),
)
