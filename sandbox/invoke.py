"""`dunwell invoke`: one function on a sample event, in the genuine runtime client, without Docker."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from moto.server import ThreadedMotoServer
from rich.console import Console

from sandbox.fake_stripe.webhooks import signature
from sandbox.runtime import Invocation, invoke_in_runtime
from sandbox.scene import open_scene
from sandbox.stack import WEBHOOK_SECRET, Sandbox

SIGN_HERE: Final = "t=SIGNED_WHEN_INVOKED"
"""A sample webhook says so in its signature header; the sandbox signs it for the moment it is sent."""


def run_invoke(folder: str, event_path: Path, console: Console) -> int:
    """Invokes the function of `functions/<folder>` and prints its answer; 1 when it ended in an error."""
    event = _event(event_path)
    with open_scene(datetime.now(UTC).replace(microsecond=0)) as sandbox, moto_over_http() as endpoint:
        invocation = invoke_sample(sandbox, endpoint, folder, event)
    if invocation.log.strip():
        console.print(invocation.log.strip(), style="dim", highlight=False, markup=False, soft_wrap=True)
    console.print(f"[dim]ran from {invocation.code}, on the scene of sandbox/scene.py[/dim]")
    if invocation.error is not None:
        console.print_json(json.dumps(invocation.error))
        return 1
    console.print_json(json.dumps(invocation.answer))
    return 0


def invoke_sample(sandbox: Sandbox, endpoint: str, folder: str, event: Any) -> Invocation:
    """Invokes a function of the scene's stack on `event`, signing it first if it asks for that."""
    names = {
        sandbox.functions.folder(name).removeprefix("functions/"): name for name in sandbox.functions.names()
    }
    if folder not in names:
        raise ValueError(f"no function {folder!r}; there are {', '.join(sorted(names))}")
    environment = {**sandbox.functions.environment(names[folder]), "AWS_ENDPOINT_URL": endpoint}
    return invoke_in_runtime(
        names[folder], sandbox.functions.folder(names[folder]), signed(event), environment
    )


@contextmanager
def moto_over_http() -> Iterator[str]:
    """This process's moto, served on loopback for functions in processes of their own."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def signed(event: Any) -> Any:
    """The event with a signature of this moment, where its header asks for one."""
    headers = event.get("headers") if isinstance(event, dict) else None
    if not headers or headers.get("stripe-signature") != SIGN_HERE:
        return event
    at = int(datetime.now(UTC).timestamp())
    fresh = signature(str(event["body"]).encode(), WEBHOOK_SECRET, at)
    return {**event, "headers": {**headers, "stripe-signature": fresh}}


def _event(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: not JSON (line {error.lineno}: {error.msg})") from error
