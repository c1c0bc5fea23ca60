"""The console's server: loopback only, and what changes something comes from its own pages alone."""

import hashlib
import json
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

from dunwell.domain.money import Money
from jinja2 import ChainableUndefined, Environment, PackageLoader
from rich.console import Console

from sandbox.loopback import QuietHandler
from sandbox.owner.amounts import written
from sandbox.owner.console.book import STATES, read_book
from sandbox.owner.console.settings import Looked, looked_at
from sandbox.owner.door import Door
from sandbox.owner.preview import COLUMNS
from sandbox.owner.report import report_of
from sandbox.owner.report_page import shown
from sandbox.owner.why import happened, next_of

BODY_MAX: Final = 400_000
"""Bytes of a form: a settings file fits."""

ROWS_MAX: Final = 300
"""Invoices on the book's page; the search finds the others."""

CHANGES: Final = "pause resume exempt include schedule unschedule answer retry_now send_again give_up".split()
"""What the pages let one do; each asks the same door as the commands."""

ASKED: Final = ("until", "rule", "why")
"""What a form may say beside whom it is about."""

Json = dict[str, Any]
Form = Mapping[str, str]


def run_console(door: Door, port: int, console: Console) -> int:
    """Stands until it is interrupted. Raises `ValueError` where the port is taken."""
    try:
        server = serve(door, port)
    except OSError as error:
        raise ValueError(f"port {port}: {error.strerror}; choose another one with --port") from error
    where = f"http://127.0.0.1:{server.server_address[1]}/"
    console.print(f"The console is at {where}. Stop it with Ctrl-C.", highlight=False)
    try:
        server.serve_forever()
    finally:
        server.server_close()
    return 0


def serve(door: Door, port: int) -> ThreadingHTTPServer:
    """A server that is ready to serve, at a port of loopback (0: any that is free)."""
    server = ThreadingHTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler)
    server.daemon_threads = True
    server.RequestHandlerClass = _handler(Pages(door, int(server.server_address[1])))
    return server


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str = ""
    location: str | None = None


@dataclass
class Pages:
    """Answers requests. `secret` stands in each form of a page: another site cannot know it."""

    door: Door
    port: int
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def __post_init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("sandbox.owner.console"),
            autoescape=True,
            undefined=ChainableUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"minute": _minute, "written": written}
        self._templates.globals |= {"states": STATES, "columns": COLUMNS}
        self._style = self._templates.get_template("console.css").render()
        digest = b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )

    def is_ours(self, host: str | None) -> bool:
        """Whether a request was meant for this server: a name that was bent to loopback is not."""
        return host in (f"127.0.0.1:{self.port}", f"localhost:{self.port}")

    def get(self, path: str, asked: Form) -> Answer:
        kind, _, subject = path.strip("/").partition("/")
        if not kind:
            return self._book(asked.get("q", "").strip())
        if kind == "invoice" and subject:
            return self._invoice(subject, asked.get("done"))
        if kind == "customer" and subject:
            return self._customer(subject, asked.get("done"))
        if path == "/settings":
            return self._settings("", None)
        if path == "/report":
            return self._report(asked)
        return self.told(404, "There is no such page.")

    def post(self, path: str, form: Form) -> Answer:
        if not secrets.compare_digest(form.get("secret", ""), self.secret):
            return self.told(
                403, "This form is not of this console, or of one that was stopped. Load its page again."
            )
        if path == "/settings":
            return self._settings(form.get("text", ""), form.get("text", ""))
        if path == "/change" and form.get("operation") in CHANGES:
            return self._change(form)
        return self.told(404, "There is no such page.")

    def _book(self, asked: str) -> Answer:
        for prefix, kind in (("in_", "invoice"), ("cus_", "customer")):
            if asked.startswith(prefix):
                return Answer(303, location=f"/{kind}/{quote(asked)}")
        book = read_book(self.door, datetime.now(UTC).date())
        rows = [row for row in book.rows if row.matches(asked)]
        return self._page("book.html", book=book, rows=rows[:ROWS_MAX], found=len(rows), asked=asked)

    def _invoice(self, invoice_id: str, done: str | None) -> Answer:
        told = self.door.ask("invoice.show", invoice_id=invoice_id)["invoice"]
        invoice = told["facts"]["invoice"]
        customer_id = invoice["customer_id"]
        follows = self.door.ask("preview", customers=[customer_id], days=92)["customers"][customer_id]["now"]
        return self._page(
            "invoice.html",
            invoice=invoice,
            following=next_of(told["ledger"][-1]) if told["ledger"] else "",
            disputed=any(
                one["rule"] == "disputed" for entry in told["ledger"][-1:] for one in entry["reasons"]
            ),
            happened=list(happened(told)),
            follows=[one for one in follows if one["invoice_id"] == invoice_id],
            money=_money,
            done=done if done in CHANGES else None,
        )

    def _customer(self, customer_id: str, done: str | None) -> Answer:
        told = self.door.ask("customer.show", customer_id=customer_id)["customer"]
        records = sorted(told["customer"].get("records", ()), key=lambda one: str(one["at"]), reverse=True)
        return self._page(
            "customer.html",
            customer=told["customer"],
            open_invoices=told["open_invoices"],
            changes=told["changes"],
            records=records,
            done=done if done in CHANGES else None,
        )

    def _report(self, asked: Form) -> Answer:
        days = {name: asked[name] for name in ("since", "until") if asked.get(name)}
        return self._page("report.html", **shown(report_of(self.door.ask("report", **days))))

    def _settings(self, text: str, checked: str | None) -> Answer:
        versions = self.door.ask("settings.history")["versions"]
        held = _as_written(self.door.ask("settings.show")["settings"]) if versions else ""
        looked = looked_at(self.door, checked) if checked is not None else Looked()
        return self._page(
            "settings.html",
            versions=versions,
            text=text or held,
            looked=looked,
            checked=checked is not None,
        )

    def _change(self, form: Form) -> Answer:
        operation, subject = form["operation"], form.get("subject", "")
        told = {name: form[name] for name in ASKED if form.get(name, "").strip()}
        if operation == "schedule" and "rule" not in told:
            raise ValueError("rule: write off, smart, even, or days after the attempt before, like 3,5,7")
        asked = "schedule" if operation == "unschedule" else operation  # a rule's end is an empty rule
        self.door.ask(asked, subject=subject, by=self.door.who, **told)
        kind = "customer" if subject.startswith("cus_") else "invoice"
        return Answer(303, location=f"/{kind}/{quote(subject)}?done={operation}")

    def _page(self, name: str, **values: Any) -> Answer:
        shown = {**values, "style": self._style, "secret": self.secret}
        return Answer(200, self._templates.get_template(name).render(shown))

    def told(self, status: int, text: str) -> Answer:
        """A page that says one thing."""
        return Answer(status, self._page("told.html", text=text).body)


def _handler(pages: Pages) -> type[BaseHTTPRequestHandler]:
    class Handler(QuietHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._answer(lambda: pages.get(parts.path, _fields(parts.query)))

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(min(size, BODY_MAX)).decode("utf-8", "replace")
            self._answer(lambda: pages.post(urlsplit(self.path).path, _fields(body)))

        def _answer(self, make: Callable[[], Answer]) -> None:
            if not pages.is_ours(self.headers.get("Host")):
                self._send(Answer(421, escape("This is not the server that was asked for.")))
                return
            try:
                self._send(make())
            except ValueError as refused:
                self._send(pages.told(422, str(refused)))

        def _send(self, answer: Answer) -> None:
            body = answer.body.encode()
            self.send_response(answer.status)
            for name, value in {
                "Content-Type": "text/html; charset=utf-8",
                "Content-Length": str(len(body)),
                "Content-Security-Policy": pages.policy,
                "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
                "Cross-Origin-Opener-Policy": "same-origin",
                **({"Location": answer.location} if answer.location else {}),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _fields(told: str) -> dict[str, str]:
    try:
        return {name: values[0] for name, values in parse_qs(told, max_num_fields=20).items()}
    except ValueError:
        return {}


def _as_written(settings: Json) -> str:
    """A version's file; of one that was written by hand the document."""
    return str(settings["text"] or json.dumps(settings["document"], indent=2, ensure_ascii=False))


def _money(told: Json) -> str:
    return written(Money(told["amount"], told["currency"]))


def _minute(told: str | None) -> str:
    """An instant to the minute (UTC), as the pages write one."""
    return f"{datetime.fromisoformat(told):%Y-%m-%d %H:%M}" if told else "-"
