"""Whoever listens on the bus of invoices' events: keeps each that was put on it, however often."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.cloud.calls import Call


@dataclass(slots=True)
class Listener:
    """Hears what is put on the project's own bus (`hear` is a `Guard`): `heard` in the order of the calls."""

    heard: list[dict[str, Any]] = field(default_factory=list)

    def hear(self, call: Call, go: Callable[[], Any]) -> Any:
        answer = go()
        if (call.service, call.operation) == ("events", "PutEvents"):
            own = [entry for entry in call.params["Entries"] if entry["Source"] == "dunwell"]
            self.heard += [json.loads(entry["Detail"]) for entry in own]
        return answer
