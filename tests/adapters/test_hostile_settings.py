"""Settings documents of any content: settings that mean what they say, or a SettingsError with a reason."""

import json

import pytest
from dunwell.adapters.codec import to_plain
from dunwell.domain.contact import decide_contact
from dunwell.domain.decision import decide
from dunwell.domain.policies import CollectionMethod, PastDueAction, RetryKind
from dunwell.domain.timing import EvenSpread
from dunwell.settings import SettingsError, read_settings
from hypothesis import example, given
from hypothesis import strategies as st

from tests.any_facts import NOW, attempts_made, customers, open_invoices, owners_settings, wanted_lists
from tests.hostile import changed, json_texts, json_values, mutated, odd_json, paths

FULL = {
    "active_since": "2026-01-01T00:00:00+00:00", "time_zone": "Europe/Berlin",
    "adopt_open_invoices": True, "collect_without_auto_advance": False,
    "retry": {"kind": "custom", "retries": 4, "window_days": 10, "days_after_previous": [3, 5, 7]},
    "messages": {
        "invoice_finalized": True, "payment_failed": False, "reminders": True, "grace_days": 3,
        "reminder_offsets_days": [-3, 0, 7], "reminder_collection_methods": ["send_invoice"],
        "send_from_hour": 8, "send_until_hour": 20,
    },
    "past_due": {"action": "mark_uncollectible", "after_days": 30},
    "tolerance": {"eur": 200, "jpy": 300},
    "branding": {"name": "Northwind", "reply_to": "desk@example.com"},
}  # fmt: skip

near_misses = (
    json_values
    | st.sampled_from(
        ["true", "false", 0, 1, 1.0, 3.7, "3", None, [], {}, "", "UTC", True, False, "9999-12-31"]
    )
    | st.integers(-5, 100)
)


def read(document):
    """Settings, or None where the document was refused with a reason."""
    try:
        return read_settings(document, 7)
    except SettingsError as error:
        assert str(error).strip()
        return None


def plain(value):
    """A field of the settings as its document would say it."""
    if isinstance(value, RetryKind | PastDueAction | CollectionMethod):
        return value.value
    if isinstance(value, frozenset):
        return sorted(map(plain, value))
    return list(value) if isinstance(value, tuple) else value


def means_what_it_says(document, settings):
    """Asserts that each word of an accepted document is in the settings, type and all."""
    for name, told in document.items():
        held = getattr(settings, name)
        if name == "tolerance":
            assert {code: money.amount for code, money in held.items()} == told
        elif isinstance(held, tuple):
            assert repr(plain(held)) == repr(list(told))
        elif isinstance(held, frozenset):
            assert plain(held) == sorted(set(told))
        elif isinstance(told, dict):
            means_what_it_says(told, held)
        elif name == "active_since":
            assert told is None or held.utcoffset() is not None
        elif name != "version":
            assert repr(plain(held)) == repr(told), name


@given(json_texts | st.builds('{{"{}": {}}}'.format, st.sampled_from(list(FULL)), odd_json))
@example("[" * 100_000)
@example('{"tolerance": {"eur": ' + "1" * 5_000 + "}}")
def test_any_text_is_settings_or_refused_with_a_reason(document):
    """Deep nesting and endless numbers included; nothing else is ever raised."""
    read(document)


@given(st.dictionaries(st.sampled_from([*FULL, "version"]), json_values))
def test_any_json_object_is_settings_or_refused_with_a_reason(document):
    """Whatever the known fields hold."""
    read(json.dumps(document))


@given(mutated(FULL, near_misses))
@example({"adopt_open_invoices": "false"})
@example({"branding": {"name": None}})
@example({"retry": {"retries": 3.7}})
def test_accepted_settings_say_what_their_document_says(document):
    """No word is turned into another: "false" is not true, 3.7 is not 3, null is not the name None."""
    settings = read(json.dumps(document))
    if settings is not None:
        assert settings.version == 7
        means_what_it_says(document, settings)


@given(mutated(FULL, near_misses), open_invoices, attempts_made(), customers, wanted_lists)
def test_accepted_settings_can_be_decided_with(document, invoice, attempts, customer, wanted):
    """Whatever they say: about any invoice, and about any messages."""
    settings = read(json.dumps(document))
    if settings is not None:
        decide(invoice, attempts, customer, settings, EvenSpread(), NOW)
        decide_contact(customer, wanted, settings, NOW)


@given(owners_settings())
def test_the_settings_that_other_tests_draw_are_accepted(chosen):
    """Written as a document they are read as they were."""
    document = {
        name: told
        for name, told in to_plain(chosen).items()
        if name not in ("version", "applied", "own_rule")
    }
    tolerance = {code: money.amount for code, money in chosen.tolerance.items()}
    assert read_settings(json.dumps({**document, "tolerance": tolerance}), 1) == chosen


@pytest.mark.parametrize("place", list(paths(FULL)), ids=str)
def test_each_field_refuses_what_it_cannot_mean(place):
    """A number too large for anything, in the place of each field and of each item."""
    assert read(json.dumps(FULL)) is not None
    assert read(json.dumps(changed(FULL, place, 10**400))) is None
