"""Packing: whatever is packed comes back, what was packed once can be read for good, and it is small."""

import json
import zlib
from hashlib import sha256
from pathlib import Path

import boto3
import pytest
from dunwell.adapters.codec import dumps
from dunwell.adapters.invoice_rows import StoredFacts
from dunwell.adapters.packing import Kind, pack, unpack
from dunwell.bootstrap import Application
from dunwell.heard_events import HeardEvent
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.translation import REGION
from sandbox.stack import open_sandbox
from tests.build import DAY_0, day
from tests.contracts.given import DECISION, WANTED, facts

SHARED = Path(__file__).resolve().parents[3] / "shared" / "stripe_payloads"

FROZEN = {
    Kind.INVOICE_FACTS: "4b0569e579d23d5bb71156e4d69db9e78883bad69414690d997d18c13a4406b1",
    Kind.STRIPE_EVENTS: "fe08e2d45d750cb9e76a73cfb2cd0b13fd78381c2a741150ff64ed9eb4458ac3",
}
"""The dictionaries that rows may have been packed with: one more may come, none may change."""


def packed(text):
    return pack(text, Kind.INVOICE_FACTS)


@given(st.text(), st.sampled_from(Kind))
def test_what_is_packed_comes_back(text, kind):
    """Any text that JSON can hold."""
    text = text.encode(errors="ignore").decode()
    assert unpack(pack(text, kind)) == text


def test_no_dictionary_ever_changes():
    """Rows packed with it could not be read any more."""
    assert {kind: sha256(kind.path.read_bytes()).hexdigest() for kind in Kind} == FROZEN


@pytest.mark.parametrize(
    "packed", [b"", b"\xff{}", b"\x01\xff\xff\xff", packed("{" * 90)[:-3], packed("{}") + b"more"]
)
def test_what_was_not_packed_is_refused(packed):
    """With an error that says so."""
    with pytest.raises(ValueError, match=r"newer version|cannot be unpacked"):
        unpack(packed)


def test_an_invoices_facts_become_small():
    """A third of their length and less, so that most rows fit into a write unit."""
    text = dumps(StoredFacts(facts().invoice, (WANTED,)))
    assert len(text) > 600
    assert len(packed(text)) < len(text) / 3


def test_an_events_body_is_kept_as_it_came():
    """Packed, and beside what is read of it."""
    text = json.dumps({"id": "evt_1", "note": "größer als \u2028"}, indent=2)
    with open_sandbox(DAY_0) as sandbox:
        store = Application(sandbox.functions.environment("EventProcessing")).events
        store.store(HeardEvent("evt_1", "invoice.paid", day(0), "in_1", body=text))
        (row,) = sandbox.items("EventsTable")
    assert unpack(bytes(row["body"])) == text


@pytest.mark.skipif(not SHARED.is_dir(), reason="recorded payloads are not part of the project")
def test_recorded_events_fit_into_a_write_unit_with_all_that_is_kept_beside():
    """Half of what deflate alone makes of them, and less."""
    alone, with_dictionary = [], []
    for path in SHARED.rglob("*.json"):
        told = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(told, dict) and str(told.get("type")).startswith("invoice.") and "data" in told:
            text = json.dumps(told, indent=2)
            alone.append(len(zlib.compress(text.encode(), 9)))
            with_dictionary.append(len(pack(text, Kind.STRIPE_EVENTS)))
    assert len(alone) > 5
    assert sum(with_dictionary) < 0.6 * sum(alone)
    assert max(with_dictionary) < 1_000


def test_rows_of_earlier_code_are_read():
    """They have the facts as text; the next write packs them."""
    with open_sandbox(DAY_0) as sandbox:
        store = Application(sandbox.functions.environment("EventProcessing")).invoices
        store.save(None, facts(), DECISION, 1, None)
        before = store.load("in_1")
        table = boto3.resource("dynamodb", region_name=REGION).Table(
            sandbox.deployment.physical_ids["InvoicesTable"]
        )
        key = {"invoice_id": "in_1", "part": "facts"}
        row = table.get_item(Key=key)["Item"]
        row["body"] = unpack(bytes(row.pop("packed")))
        table.put_item(Item=row)
        assert store.load("in_1") == before
        store.save(before, before, DECISION, 1, None)
        assert store.load("in_1").invoice == before.invoice
        rewritten = table.get_item(Key=key)["Item"]
        assert ("packed" in rewritten, "body" in rewritten) == (True, False)
