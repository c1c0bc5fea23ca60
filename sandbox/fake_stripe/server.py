"""The fake Stripe's API over HTTP on loopback, for the real SDK to speak to."""

import json
import threading
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.fake_stripe.api import Request, StripeAPI
from sandbox.fake_stripe.forms import nested
from sandbox.loopback import QuietHandler

CLOSES_WITHIN_S: Final = 0.02


class StripeServer:
    """Serves one `StripeAPI` on 127.0.0.1. Requests are answered one at a time: the account has no locks."""

    def __init__(self, api: StripeAPI, port: int = 0) -> None:
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _handler(api, self._lock))
        serve = partial(self._server.serve_forever, poll_interval=CLOSES_WITHIN_S)
        self._thread = threading.Thread(target=serve, daemon=True, name="fake-stripe")
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Ends the server and what is still connected: a client that keeps its connection would keep a
        thread, and with it the whole account."""
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    """Remembers who is connected."""

    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._connected: set[socket] = set()

    def get_request(self) -> tuple[socket, Any]:
        connection, address = super().get_request()
        self._connected.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._connected.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for connection in list(self._connected):
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)


def _handler(api: StripeAPI, lock: threading.Lock) -> type[BaseHTTPRequestHandler]:
    class Handler(QuietHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve("GET", urlsplit(self.path).query)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self._serve("POST", self.rfile.read(length).decode())

        def _serve(self, method: str, form: str) -> None:
            key = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            request = Request(
                method, urlsplit(self.path).path, nested(form), key, self.headers.get("Idempotency-Key")
            )
            with lock:
                response = api.handle(request)
            body = json.dumps(response.body).encode()
            self.send_response(response.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Request-Id", "req_fake")
            if response.status == 402:
                self.send_header("Stripe-Should-Retry", "false")
            if response.replayed:
                self.send_header("Idempotent-Replayed", "true")
            self.end_headers()
            self.wfile.write(body)

    return Handler
