"""`dunwell replay`: recorded Stripe payloads posted through the real intake, and what became of each."""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import track
from rich.table import Table

from sandbox.fake_stripe.account import Account
from sandbox.stack import LIVE, WEBHOOK_PATH, Options, Sandbox, open_sandbox

Json = dict[str, Any]


NAMED_MAX: Final = 5
"""Files that are named of those rejected for one reason; `--json` names all."""


@dataclass(slots=True)
class Outcome:
    """Counts of what became of the payloads, and which were `rejected`. Reasons are Dunwell's own words."""

    files: int = 0
    accepted: int = 0
    applied: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    rejected: dict[str, list[str]] = field(default_factory=dict)
    waiting: int = 0
    failures: list[str] = field(default_factory=list)
    dead_lettered: dict[str, int] = field(default_factory=dict)

    @property
    def went_well(self) -> bool:
        return not (self.waiting or self.failures or self.dead_lettered)


def run_replay(paths: list[Path], console: Console, *, as_json: bool) -> int:
    """Replays files and folders, prints the counts, returns the exit code (1 when anything was lost)."""
    files = sorted(found for path in paths for found in _files(path))
    if not files:
        raise ValueError(f"no JSON files in {', '.join(map(str, paths))}")
    outcome = replay(files, console)
    if as_json:
        sys.stdout.write(json.dumps(_as_json(outcome), indent=2) + "\n")
    else:
        _print(outcome, console)
    return 0 if outcome.went_well else 1


def replay(files: list[Path], console: Console) -> Outcome:
    """Seeds the fake Stripe with every object in the files, then posts each file as a webhook."""
    outcome = Outcome(files=len(files))
    bodies = list(_unlike(path.read_bytes() for path in files))
    options = Options(settings=LIVE, parameters={"Livemode": "any"})
    with open_sandbox(datetime.now(UTC).replace(microsecond=0), options) as sandbox:
        for body in bodies:
            _seed(sandbox.account, _parsed(body))
        named = list(zip(files, bodies, strict=True))
        for path, body in track(named, "Replaying", console=console, transient=True):
            _seed(sandbox.account, _parsed(body))  # again: samples share ids, and each is read as it is
            _post(sandbox, path, body, outcome)
            sandbox.driver.drain()
        _settle(sandbox)
        _count_events(sandbox, outcome)
        outcome.failures = sandbox.driver.failures
        outcome.dead_lettered = sandbox.driver.dead_letters()
    return outcome


def _files(path: Path) -> Iterable[Path]:
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder")
    return path.rglob("*.json") if path.is_dir() else [path]


def _unlike(bodies: Iterable[bytes]) -> Iterator[bytes]:
    """The bodies, of which different events with one id (samples of the dashboard) get an id each."""
    seen: dict[str, bytes] = {}
    for body in bodies:
        event = _parsed(body)
        event_id = event.get("id") if isinstance(event, dict) else None
        if not isinstance(event_id, str) or seen.setdefault(event_id, body) == body:
            yield body
        else:
            suffix = hashlib.sha256(body).hexdigest()[:12]
            yield json.dumps({**event, "id": f"{event_id[:180]}_{suffix}"}).encode()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _seed(account: Account, payload: Any) -> None:
    """Puts every object of a payload where the API would find it, as it is; newer files win."""
    for found in _objects(payload):
        kind = "payment_method" if found["object"] in ("card", "source", "bank_account") else found["object"]
        account.objects[kind][found["id"]] = found


def _objects(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        if isinstance(value.get("object"), str) and isinstance(value.get("id"), str):
            yield value
        for child in value.values():
            yield from _objects(child)
    elif isinstance(value, list):
        for child in value:
            yield from _objects(child)


def _post(sandbox: Sandbox, path: Path, body: bytes, outcome: Outcome) -> None:
    """Signs and posts one payload, and keeps the answer."""
    answers: list[Json] = []

    def deliver(payload: bytes, headers: dict[str, str]) -> int:
        answers.append(sandbox.driver.respond("POST", WEBHOOK_PATH, payload, headers))
        return int(answers[-1]["statusCode"])

    sandbox.webhooks.deliver = deliver
    status = sandbox.webhooks.send_raw(body)
    if 200 <= status < 300:
        outcome.accepted += 1
    else:
        reason = f"{status}: {json.loads(answers[-1]['body'])['message']}"
        outcome.rejected.setdefault(reason, []).append(str(path))


def _settle(sandbox: Sandbox) -> None:
    """Drains, and gives messages that failed the time to come back until they are done or dead."""
    sandbox.driver.drain()
    end = sandbox.driver.now() + timedelta(hours=2)
    while (at := sandbox.driver.next_redelivery_at()) is not None and at <= end:
        sandbox.driver.clock.move_to(at, tick=False)
        sandbox.driver.drain()


def _count_events(sandbox: Sandbox, outcome: Outcome) -> None:
    for item in sandbox.items("EventsTable"):
        if item["state"] == "applied":
            outcome.applied += 1
        elif item["state"] == "ignored":
            outcome.ignored[str(item["reason"])] += 1
        else:
            outcome.waiting += 1


def _as_json(outcome: Outcome) -> Json:
    return {
        "files": outcome.files,
        "accepted": outcome.accepted,
        "applied": outcome.applied,
        "ignored": sum(outcome.ignored.values()),
        "ignored_by_reason": dict(outcome.ignored.most_common()),
        "rejected": sum(map(len, outcome.rejected.values())),
        "rejected_by_reason": outcome.rejected,
        "waiting": outcome.waiting,
        "failures": outcome.failures,
        "dead_lettered": outcome.dead_lettered,
    }


def _print(outcome: Outcome, console: Console) -> None:
    table = Table(title=f"{outcome.files} payloads replayed", title_justify="left")
    table.add_column("")
    table.add_column("count", justify="right")
    rows: list[tuple[str, int | str]] = [
        ("accepted (2xx)", outcome.accepted),
        ("  applied to an invoice or customer", outcome.applied),
    ]
    rows += [(f"  ignored: {reason}", count) for reason, count in outcome.ignored.most_common()]
    for reason, paths in outcome.rejected.items():
        rows += [(f"rejected, {reason}", len(paths))]
        rows += [(f"  {path}", "") for path in paths[:NAMED_MAX]]
    rows += [("waiting", outcome.waiting), ("dead-lettered", sum(outcome.dead_lettered.values()))]
    for name, count in rows:
        table.add_row(name, str(count))
    console.print(table)
    for failure in outcome.failures:
        console.print(f"failed: {failure}", style="red", highlight=False)
