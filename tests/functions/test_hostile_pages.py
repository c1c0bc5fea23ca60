"""Whatever is asked of the hosted invoice page: never an error, and nothing changes without a token."""

import base64
import json
from urllib.parse import quote

from dunwell.domain.offers import Choice
from dunwell.records import CustomerFile, Reading
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.events import MemoryEvents
from sandbox.memory.invoices import MemoryInvoices
from sandbox.memory.pages import MemoryPages
from sandbox.memory.payments import MemoryLessons
from sandbox.scene import PAGE_TOKEN
from tests.build import customer, day, invoice
from tests.domain.test_attribution import charge
from tests.fakes import FakeClock, FakeProcessor, FakeQueues, FakeSettings
from tests.functions.handlers import ROOT, handler
from tests.hostile import BIDI, hostile_text, huge_text, json_values, mutated

invoke = handler("hosted_invoice")
SAMPLES = [
    json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "events").glob("hosted_invoice.*.json"))
]


class World:
    """One failed invoice with its page."""

    def __init__(self):
        self.clock = FakeClock(day(1))
        self.customers, events = MemoryCustomers(), MemoryEvents(self.clock)
        self.invoices = MemoryInvoices(self.clock, self.customers, events)
        self.processor = FakeProcessor(self.clock, Reading(invoice(), (charge("ch_1", day(0)),), customer()))
        self.pages, self.queues, self.settings = MemoryPages(self.clock), FakeQueues(), FakeSettings()
        self.payments, self.lessons = self.invoices.payments, MemoryLessons()
        self.customers.files["cus_1"] = CustomerFile(customer(), (), 1)
        self.token = self.pages.issue("in_1")

    def ask(self, event):
        parts = ("clock", "customers", "invoices", "lessons", "pages", "payments", "processor", "queues")
        given_parts = {name: getattr(self, name) for name in (*parts, "settings")}
        return invoke(event, {}, **given_parts)


def request(method, token, choice=None, body="", **fields):
    event = {
        "version": "2.0",
        "requestContext": {"http": {"method": method}},
        "pathParameters": {"token": token, **({"choice": choice} if choice is not None else {})},
        "headers": {},
        "body": body,
    }
    return {**event, **fields}


forms = st.dictionaries(
    st.sampled_from(["day", "note", "complaint", "language"]) | hostile_text,
    st.sampled_from(["2026-03-06", "9999-12-31", "0000-00-00", "wrong", "already_paid", "de"])
    | hostile_text
    | huge_text,
    max_size=5,
).map(lambda form: "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in form.items()))


def _quoted(text):
    return quote(text.encode("utf-8", "surrogatepass"))


@given(
    st.sampled_from(["GET", "POST"]), hostile_text | huge_text, st.none() | hostile_text, forms | hostile_text
)
def test_without_a_token_of_ours_every_answer_is_404(method, token, choice, body):
    """Whatever the token, the choice and the form; nothing is read of it but that it is none."""
    world = World()
    answer, log = world.ask(request(method, token, choice, body))
    assert answer["statusCode"] == 404
    assert world.invoices.facts == {}
    assert world.queues.sent == []
    assert token not in log or len(token) < 4


@given(st.sampled_from(Choice) | hostile_text, forms | hostile_text, st.booleans())
@example(Choice.DISPUTE, "complaint=wrong&note=%3Cscript%3E%E2%80%AE%0D%0A", False)
def test_a_form_of_any_kind_is_taken_down_or_refused(choice, body, encoded):
    """As a fact whose text stays text on the page; never an error, and nothing of it in a log."""
    world = World()
    told = base64.b64encode(body.encode("utf-8", "surrogatepass")).decode() if encoded else body
    answer, log = world.ask(request("POST", world.token, str(choice), told, isBase64Encoded=encoded))
    assert answer["statusCode"] in (200, 303, 404, 422)
    shown, _ = world.ask(request("GET", world.token))
    assert shown["statusCode"] == 200
    assert "<script" not in shown["body"]
    assert not set(BIDI) & set(shown["body"])
    word = world.invoices.facts["in_1"].invoice.word if world.invoices.facts else None
    if word is not None and word.dispute is not None:
        assert word.dispute.note not in log or len(word.dispute.note) < 8


@given(st.sampled_from(SAMPLES).flatmap(lambda sample: mutated(sample, json_values)))
def test_a_mutated_request_is_answered(event):
    """Missing parts, other types, numbers without an end; where the token is left, its page is there."""
    world = World()
    world.pages.links[PAGE_TOKEN] = world.pages.links[world.token]
    answer, _ = world.ask(event)
    assert answer["statusCode"] in (200, 303, 404, 422)
    assert json.dumps(answer)


@given(hostile_text | huge_text, hostile_text)
def test_a_query_and_a_header_change_no_header_of_ours(done, accepted):
    """Neither the answer's headers nor its policy; no line break gets into one."""
    world = World()
    event = request(
        "GET", world.token, queryStringParameters={"done": done}, headers={"Accept-Language": accepted}
    )
    answer, _ = world.ask(event)
    assert answer["statusCode"] == 200
    assert not any(set("\r\n") & set(value) for value in answer["headers"].values())
