"""What the tests of the sample events share."""

import json
from datetime import UTC, datetime

from sandbox.cloud.translation import ROOT
from sandbox.invoke import signed

EVENTS = sorted((ROOT / "events").glob("*.json"))
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def invoke(scene, case):
    event = json.loads((ROOT / "events" / f"{case}.json").read_text(encoding="utf-8"))
    function = "".join(part.title() for part in case.split(".")[0].split("_"))
    return scene.functions.invoke(function, signed(event))


def stored_event(scene, event_id):
    return next((row for row in scene.items("EventsTable") if row["event_id"] == event_id), None)
