"""`dunwell up`: the whole stack standing on loopback, in real time or faster."""

import json
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from rich.console import Console

from sandbox.cloud.translation import ROOT
from sandbox.demo import SETTINGS
from sandbox.fake_stripe.bank import ScriptedBank, declined
from sandbox.loopback import QuietHandler
from sandbox.mailbox import write_mailbox
from sandbox.owner.door import HEADER, PATH
from sandbox.stack import API_KEY, WEBHOOK_PATH, WEBHOOK_SECRET, Options, Sandbox, open_sandbox

STEP_S: Final = 0.2
"""Real seconds between two looks at what has become due."""

PAGE_SECRET: Final = "opens-this-page-on-this-machine-"  # noqa: S105 - made up, good for this machine only

MAILS: Final = ROOT / "build" / "up" / "mails"


def run_up(port: int, speed: int, seconds: float | None, console: Console) -> int:
    """Stands until it is interrupted, or for `seconds` real ones. `speed` is virtual seconds a second."""
    start = datetime.now(UTC).replace(microsecond=0)
    bank = ScriptedBank()
    address = {"PageAddress": f"http://127.0.0.1:{port}/i"}
    options = Options(settings=SETTINGS, bank=bank, port=port + 1, parameters=address)
    with open_sandbox(start, options) as sandbox:
        lock = threading.Lock()
        door = Door(sandbox, lock, port)
        try:
            _introduce(sandbox, bank, port, speed, console)
            _stand(sandbox, lock, start, speed, seconds)
        finally:
            door.close()
            write_mailbox(sandbox.mails(), MAILS)
    console.print(f"stopped; the mails are in {MAILS}")
    return 0


def _stand(
    sandbox: Sandbox, lock: threading.Lock, start: datetime, speed: int, seconds: float | None
) -> None:
    """Lets virtual time pass, and plays what becomes due in it."""
    begun = time.monotonic()
    mails = -1
    while seconds is None or time.monotonic() - begun < seconds:
        elapsed = (time.monotonic() - begun) * speed
        with lock:
            sandbox.run_until(datetime.fromtimestamp(start.timestamp() + elapsed, UTC))
            if len(sandbox.mails()) != mails:
                mails = len(sandbox.mails())
                write_mailbox(sandbox.mails(), MAILS)
        threading.Event().wait(STEP_S)


def _introduce(sandbox: Sandbox, bank: ScriptedBank, port: int, speed: int, console: Console) -> None:
    """Makes one failing invoice to watch, and says where everything is."""
    account = sandbox.account
    customer = account.create_customer(name="Ada Brandt", email="ada@customer.example.com")
    method = account.attach_method(customer)
    bank.script(method["id"], declined("insufficient_funds"))
    invoice = account.finalize(account.create_invoice(customer, 4_900))
    token = f"{invoice['id']}.{PAGE_SECRET}"
    sandbox.put_link(token)
    console.print(
        f"""[bold]Dunwell is up[/bold], {speed} virtual seconds a second. Stop it with Ctrl-C.

  webhook endpoint   http://127.0.0.1:{port}{WEBHOOK_PATH}
  signing secret     {WEBHOOK_SECRET}
  fake Stripe        {sandbox.server.url}   (API key {API_KEY})
  hosted page        http://127.0.0.1:{port}/i/{token}
  mails              {MAILS / "index.html"}

One invoice is there already: {invoice["id"]} of {customer["id"]}.
Its card declines an hour after it was made, the mail follows between 9 and 18 o'clock in Berlin, and
says when the card is tried again; --speed 3600 makes that an hour a second.
Make your own, and finalize it under the id that it gets:

  curl {sandbox.server.url}/v1/invoices -H 'Authorization: Bearer {API_KEY}' \\
       -d customer={customer["id"]} -d amount=1900 -d currency=eur
  curl -X POST {sandbox.server.url}/v1/invoices/ID/finalize -H 'Authorization: Bearer {API_KEY}'
""",
        highlight=False,
        soft_wrap=True,
    )


class Door:
    """The HTTP API on loopback: what AWS's would do with a request, in Lambda's form and back."""

    def __init__(self, sandbox: Sandbox, lock: threading.Lock, port: int) -> None:
        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(sandbox, lock))
        except OSError as error:
            raise ValueError(f"port {port}: {error.strerror}; choose another one with --port") from error
        self.port = int(self._server.server_address[1])
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True, name="door").start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _operated(sandbox: Sandbox, body: bytes) -> dict[str, Any]:
    """What `operations` answers, which in AWS is invoked under IAM."""
    try:
        told = sandbox.functions.invoke("Operations", json.loads(body))
    except Exception as error:
        told = {"error": f"operations failed: {type(error).__name__}: {error}"}
    return {"statusCode": 200, "body": json.dumps(told)}


def _handler(sandbox: Sandbox, lock: threading.Lock) -> type[BaseHTTPRequestHandler]:
    class Handler(QuietHandler):
        def do_GET(self) -> None:
            self._serve("GET", b"")

        def do_POST(self) -> None:
            self._serve("POST", self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def _serve(self, method: str, body: bytes) -> None:
            with lock:
                if method == "POST" and self.path == PATH and self.headers.get(HEADER):
                    answer = _operated(sandbox, body)
                else:
                    answer = sandbox.driver.respond(method, self.path, body, dict(self.headers))
            told = str(answer.get("body") or "").encode()
            self.send_response(int(answer["statusCode"]))
            for name, value in (answer.get("headers") or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

    return Handler
