"""The console's server: what its pages say, and that only they may change something."""

import threading
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest

from sandbox.owner.console.server import Pages, serve
from sandbox.owner.door import SandboxDoor
from tests.build import day


@pytest.fixture(scope="module")
def console(standing):
    """The console of the sandbox that stands, at a port of its own."""
    _, port, _ = standing
    server = serve(SandboxDoor(port), 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()


def ask(port, method, path, form=None, **headers):
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    body = urlencode(form) if form is not None else None
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    told = answer.read().decode()
    connection.close()
    return answer, told


def secret_of(port, path="/settings"):
    return ask(port, "GET", path)[1].split('name="secret" value="')[1].split('"')[0]


def test_the_report_of_some_days(console):
    """As `dunwell report --html` writes it; days that are none are told so."""
    answer, page = ask(console, "GET", "/report?since=2026-01-01&until=2026-12-31")
    assert answer.status == 200
    assert "What was recovered" in page
    assert "Payments that failed from 2026-01-01 to 2026-12-31" in page
    _, backwards = ask(console, "GET", "/report?since=2026-12-31&until=2026-01-01")
    assert "at most 731 apart" in backwards


def test_the_book_and_its_search(console, standing):
    """By number, state or customer; an id leads to its own page."""
    _, _, invoice = standing
    answer, told = ask(console, "GET", "/")
    assert answer.status == 200
    for words in ("The book", "in retry", "49.00 EUR", "attempt payment", f"/invoice/{invoice['id']}"):
        assert words in told
    assert "1 found for RETRY" in ask(console, "GET", "/?q=RETRY")[1]
    assert "No open invoice." in ask(console, "GET", "/?q=nothing")[1]
    assert ask(console, "GET", "/?q=in_7")[0].headers["Location"] == "/invoice/in_7"


def test_an_invoice_and_a_customer_are_told(console, standing):
    """Their story, what follows, and the way back and forth."""
    _, _, invoice = standing
    told = ask(console, "GET", f"/invoice/{invoice['id']}")[1]
    for words in ("the payment is tried again", "What follows", "charge attempt 1", "Keep it out"):
        assert words in told
    told = ask(console, "GET", f"/customer/{invoice['customer']}")[1]
    assert "Ada Brandt" in told
    assert "payment_failed" in told


def test_pages_are_served_as_strictly_as_can_be(console):
    """Nothing else loads or runs, nothing is kept, nobody frames them."""
    answer, told = ask(console, "GET", "/")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<script" not in told


def test_an_exception_is_made_on_a_page(console, standing):
    """And shown in the story; it leads back to the invoice."""
    _, _, invoice = standing
    form = {
        "secret": secret_of(console),
        "operation": "pause",
        "subject": invoice["id"],
        "until": f"{day(40):%Y-%m-%d}",
        "why": "<b>moves</b>",
    }
    answer, _ = ask(console, "POST", "/change", form)
    assert (answer.status, answer.headers["Location"]) == (303, f"/invoice/{invoice['id']}?done=pause")
    told = ask(console, "GET", answer.headers["Location"])[1]
    assert "Done: pause" in told
    assert "&lt;b&gt;moves&lt;/b&gt;" in told
    assert ask(console, "POST", "/change", {**form, "operation": "resume"})[0].status == 303


def test_a_rule_of_ones_own_is_made_for_a_customer(console, standing):
    """On the customer's page, which tells it with whoever made it; ended by one press."""
    _, _, invoice = standing
    customer = invoice["customer"]
    form = {
        "secret": secret_of(console),
        "operation": "schedule",
        "subject": customer,
        "rule": "4,6",
        "until": f"{day(40):%Y-%m-%d}",
        "why": "slow payer",
    }
    answer, _ = ask(console, "POST", "/change", form)
    assert (answer.status, answer.headers["Location"]) == (303, f"/customer/{customer}?done=schedule")
    told = ask(console, "GET", answer.headers["Location"])[1]
    assert "Done: schedule" in told
    assert "scheduled by 4,6 until 2026-04-11 by" in told
    assert ": slow payer" in told
    ended = {"secret": form["secret"], "operation": "unschedule", "subject": customer}
    assert ask(console, "POST", "/change", ended)[0].status == 303
    assert "scheduled by the settings by" in ask(console, "GET", f"/customer/{customer}")[1]


class LargeBook:
    """A door to a book of so many open invoices, a thousand a page."""

    who = "ada"

    def __init__(self, count):
        self.count, self.read = count, 0

    def ask(self, operation, *, since=None, part=None, after="0"):
        if part is None:
            return {"parts": ["all"], "recovered": {}}
        begins = int(after)
        ends = min(begins + 1000, self.count)
        self.read = ends
        line = {"id": "in_1", "customer_id": "cus_1", "created_at": "2026-03-02T09:00:00+00:00"}
        invoice = {**line, "amount_remaining": {"amount": 100, "currency": "eur"}}
        lines = [{"invoice": invoice} for _ in range(begins, ends)]
        return {"lines": lines, "after": str(ends) if ends < self.count else None}


@pytest.mark.parametrize(("count", "read", "is_whole"), [(5_000, 5_000, True), (9_000, 6_000, False)])
def test_a_book_that_is_too_large_is_read_and_shown_in_part(count, read, is_whole):
    """And it is said that it is."""
    door = LargeBook(count)
    page = Pages(door, 8500).get("/", {}).body
    assert door.read == read
    assert ("Your book is larger than this page reads: it shows 5000" in page) is not is_whole


@pytest.mark.parametrize(
    ("method", "path", "form", "headers", "status", "said"),
    [
        ("POST", "/change", {"operation": "exempt", "subject": "in_1"}, {}, 403, "not of this console"),
        ("POST", "/change", {"secret": "guessed", "operation": "exempt"}, {}, 403, "not of this console"),
        ("GET", "/", None, {"Host": "evil.example"}, 421, "not the server"),
        ("GET", "/nothing", None, {}, 404, "There is no such page."),
        ("GET", "/invoice/in_9", None, {}, 422, "nothing is known of in_9"),
    ],
)
def test_what_comes_from_elsewhere_is_refused(console, method, path, form, headers, status, said):
    """A form of another site, a name that was bent to loopback, a wrong address."""
    answer, told = ask(console, method, path, form, **headers)
    assert answer.status == status
    assert said in told


def test_what_cannot_be_done_is_said(console):
    """With what would be right; an operation that no page has is no page."""
    secret = secret_of(console)
    wrong = {"secret": secret, "operation": "pause", "subject": "in_9", "until": "2020-01-01", "why": "x"}
    answer, told = ask(console, "POST", "/change", wrong)
    assert answer.status == 422
    assert "no day from tomorrow on" in told
    assert ask(console, "POST", "/change", {**wrong, "operation": "settings.apply"})[0].status == 404


def test_a_settings_file_is_looked_at(console):
    """What is wrong, line by line, or what it would change; it stays in the form."""
    secret = secret_of(console)
    told = ask(console, "POST", "/settings", {"secret": secret, "text": "retry:\n  retries: 99\n"})[1]
    assert "line 2: retry.retries: 99 is too much" in told
    assert "retries: 99\n</textarea>" in told
    right = "active_since: 2000-01-01T00:00:00+00:00\nretry: {kind: off}\n"
    told = ask(console, "POST", "/settings", {"secret": secret, "text": right})[1]
    assert "What it would change in 30 days" in told
    assert "charges" in told
    assert "active_since" in ask(console, "GET", "/settings")[1]
