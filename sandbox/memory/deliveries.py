"""`DeliveryStore` in memory."""

from dataclasses import dataclass, field
from datetime import datetime

from dunwell.domain.deliveries import Delivery, Health, delivery_id


@dataclass
class MemoryDeliveries:
    """`due` holds when each waiting one is dispatched next: when it is planned for, or its lease ends."""

    kept: dict[str, Delivery] = field(default_factory=dict)
    health: dict[str, Health] = field(default_factory=dict)
    due: dict[str, datetime] = field(default_factory=dict)

    def load(self, endpoint: str, event_id: str) -> Delivery | None:
        return self.kept.get(delivery_id(endpoint, event_id))

    def keep(self, before: Delivery | None, after: Delivery) -> None:
        name = delivery_id(after.endpoint, after.event_id)
        if self.kept.get(name) != before:
            return
        self.kept[name] = after
        self.due.pop(name, None)
        if after.due_at is not None:
            self.due[name] = after.due_at

    def drop(self, endpoint: str, event_id: str) -> None:
        name = delivery_id(endpoint, event_id)
        self.kept.pop(name, None)
        self.due.pop(name, None)

    def of_endpoint(self, endpoint: str) -> Health:
        return self.health.get(endpoint, Health())

    def keep_health(self, endpoint: str, health: Health) -> None:
        self.health[endpoint] = health
