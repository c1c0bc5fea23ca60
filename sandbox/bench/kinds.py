"""Kinds of events: what `event_processing` uses for each one that is heard, and `webhook_intake` for any."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from sandbox.bench.lives import BEGIN, LIVES, LONG_IDS, SETTINGS, Life
from sandbox.bench.meter import Cost, Meter
from sandbox.fake_stripe.bank import ScriptedBank
from sandbox.stack import Options, Sandbox, open_sandbox

HEARD_IN: Final = ("charged, recovered by the first retry", "sent, paid after two reminders")
"""The lives whose events are told of: one of each collection method."""

LOOK: Final = "(a look by the agenda)"
INTAKE: Final = "(taking any webhook in)"
_WORKERS: Final = ("EventProcessing", "WebhookIntake")


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of Stripe's events, or what is done for any: how often, and what all of it used."""

    name: str
    heard: int
    cost: Cost


def kinds() -> list[Kind]:
    """By name. Messages come one by one, so that each has its own cost."""
    found: dict[str, Kind] = {}
    for life in LIVES:
        if life.name in HEARD_IN:
            _hear(life, found)
    return [found[name] for name in sorted(found)]


def _hear(life: Life, found: dict[str, Kind]) -> None:
    """Plays a life, and adds its events to what was found."""
    bank = ScriptedBank()
    with open_sandbox(BEGIN, Options(settings=SETTINGS, bank=bank, seed=LONG_IDS)) as sandbox:
        (poller,) = [one for one in sandbox.driver.queues if one.mapping.function == "EventProcessing"]
        poller.mapping = replace(poller.mapping, batch_size=1)
        meter = Meter(sandbox.deployment, sandbox.functions)
        sandbox.calls.guards.append(meter.measure)
        functions, invoke = sandbox.functions, sandbox.functions.invoke

        def invoked(function: str, event: dict[str, Any]) -> Any:
            meter.by_function.pop(function, None)
            answer = invoke(function, event)
            if function in _WORKERS:
                name = INTAKE if function == "WebhookIntake" else _type_of(sandbox, event)
                before = found.get(name, Kind(name, 0, Cost()))
                cost = before.cost.plus(meter.by_function.get(function, Cost()))
                found[name] = Kind(name, before.heard + 1, cost)
            return answer

        functions.invoke = invoked  # type: ignore[method-assign]
        life.begin(sandbox, bank)
        sandbox.run_until(BEGIN + timedelta(days=life.days))


def _type_of(sandbox: Sandbox, event: dict[str, Any]) -> str:
    (record,) = event["Records"]
    body = json.loads(record["body"])
    return str(sandbox.account.objects["event"][body["event_id"]]["type"]) if "event_id" in body else LOOK
