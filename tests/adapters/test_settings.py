"""The owner's settings: what is accepted, and what a wrong document is told."""

import json

import pytest
from dunwell.domain.policies import PastDueAction, RetryKind
from dunwell.settings import SettingsError, read_settings

from sandbox.demo import SETTINGS
from tests.build import eur


def told(document):
    with pytest.raises(SettingsError) as caught:
        read_settings(document if isinstance(document, str) else json.dumps(document), 1)
    return str(caught.value)


def test_a_document_becomes_settings():
    """The demo's company, as an example of all of it."""
    found = read_settings(json.dumps(SETTINGS), 3)
    assert (found.version, found.time_zone) == (3, "Europe/Berlin")
    assert found.retry.kind is RetryKind.SMART
    assert found.past_due.action is PastDueAction.MARK_UNCOLLECTIBLE
    assert found.tolerance == {"eur": eur(100)}
    assert found.active_since is not None


def test_an_empty_document_means_the_defaults_in_observe_mode():
    """Nothing is collected until the owner says so."""
    assert read_settings("{}", 1).active_since is None


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "line 1: not JSON"),
        ("[]", "[] is no table; write a table of active_since, "),
        ({"retrys": {}}, "retrys: no such setting; did you mean retry?"),
        (
            {"retry": {"kind": "sometimes"}},
            'retry.kind: "sometimes" is none of the choices; write one of smart,',
        ),
        ({"retry": {"retries": 16}}, "retry.retries: 16 is too much; write a whole number from 1 to 15"),
        (
            {"retry": {"window_days": 0}},
            "retry.window_days: 0 is too little; write a number of days from 1 to 62",
        ),
        (
            {"retry": {"holdout_percent": 51}},
            "retry.holdout_percent: 51 is too much; write a percentage from 0 to 50",
        ),
        ({"retry": {"kind": "custom"}}, "1 to 15 numbers of days"),
        (
            {"retry": {"kind": "custom", "days_after_previous": [0]}},
            "days_after_previous[1]: 0 is too little; write a number of days from 1 to 62",
        ),
        ({"time_zone": "Mars/Base"}, '"Mars/Base" cannot be used; write an IANA zone, like Europe/Berlin'),
        ({"active_since": "2026-11-01T00:00:00"}, "an instant with its offset"),
        ({"messages": {"reminder_offsets_days": [1, 1]}}, "a day stands there twice; write each once"),
        (
            {"messages": {"reminder_offsets_days": [91]}},
            "91 is too much; write a number of days from -90 to 90",
        ),
        (
            {"messages": {"send_from_hour": 20}},
            "20 to 18 o'clock leaves no hour; write an hour before send_until_hour",
        ),
        ({"messages": {"grace_days": 99}}, "99 is too much; write a number of days from 0 to 14"),
        (
            {"past_due": {"after_days": 0}},
            "past_due.after_days: 0 is too little; write a number of days from 1 to 365",
        ),
        (
            {"tolerance": {"eur": 10_001}},
            "tolerance.eur: 10001 is too much; write minor units (like cents) from 0 to 10000",
        ),
        (
            {"tolerance": {"EUR": 1}},
            'tolerance.EUR: "EUR" cannot stand here; write three lower-case letters, like eur',
        ),
        ({"tolerance": {"eur": 1.5}}, "1.5 is no whole number; write minor units"),
    ],
)
def test_a_wrong_document_is_told_what_would_be_right(document, said):
    """Field by field."""
    assert said in told(document)
