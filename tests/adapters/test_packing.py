"""Packing: whatever is packed comes back, what was packed once can be read for good, and it is small."""

from hashlib import sha256

import boto3
import pytest
from dunwell.adapters import packing
from dunwell.adapters.codec import dumps
from dunwell.adapters.invoice_rows import StoredFacts
from dunwell.adapters.packing import pack, unpack
from dunwell.bootstrap import Application
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.translation import REGION
from sandbox.stack import open_sandbox
from tests.build import DAY_0
from tests.contracts.given import DECISION, WANTED, facts

FROZEN = {1: "4b0569e579d23d5bb71156e4d69db9e78883bad69414690d997d18c13a4406b1"}
"""The dictionaries that rows may have been packed with: one more may come, none may change."""


@given(st.text())
def test_what_is_packed_comes_back(text):
    """Any text that JSON can hold."""
    text = text.encode(errors="ignore").decode()
    assert unpack(pack(text)) == text


def test_no_dictionary_ever_changes():
    """Rows packed with it could not be read any more."""
    told = {number: sha256(one).hexdigest() for number, one in packing._DICTIONARIES.items()}
    assert told == FROZEN


@pytest.mark.parametrize(
    "packed", [b"", b"\xff{}", b"\x01\xff\xff\xff", pack("{" * 90)[:-3], pack("{}") + b"more"]
)
def test_what_was_not_packed_is_refused(packed):
    """With an error that says so."""
    with pytest.raises(ValueError, match=r"newer version|cannot be unpacked"):
        unpack(packed)


def test_an_invoices_facts_become_small():
    """A third of their length and less, so that most rows fit into a write unit."""
    text = dumps(StoredFacts(facts().invoice, (WANTED,)))
    assert len(text) > 600
    assert len(pack(text)) < len(text) / 3


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
