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
        ({"retrys": {}}, "retrys: no such setting (did you mean retry?)"),
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


GOLD = {
    "name": "gold",
    "when": {"customer_metadata": {"tier": ["gold"]}},
    "settings": {"past_due": {"after_days": 90}},
}


def test_an_automation_overrides_what_it_names_and_nothing_else():
    """Section by section, field by field."""
    document = {"past_due": {"action": "mark_uncollectible"}, "retry": {"retries": 4}, "automations": [GOLD]}
    (found,) = read_settings(json.dumps(document), 2).automations
    assert (found.name, found.when.customer_metadata) == ("gold", {"tier": ("gold",)})
    assert found.settings.past_due.action is PastDueAction.MARK_UNCOLLECTIBLE
    assert (found.settings.past_due.after_days, found.settings.retry.retries) == (90, 4)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"when": {"country": ["germany"]}},
            "automations[1].when.country[1]: 7 characters are too many; write two capital letters, like DE",
        ),
        ({"when": {"contry": ["DE"]}}, "automations[1].when.contry: no such setting (did you mean country?)"),
        ({"when": {"amount_at_least": 5000}}, "automations[1].when.amount_at_least: 5000 is no table"),
        (
            {"settings": {"stop": {}}},
            "automations[1].settings.stop: no such setting; there are retry, messages",
        ),
        (
            {"settings": {"messages": {"send_from_hour": 3}}},
            "automations[1].settings.messages.send_from_hour: no such setting",
        ),
        (
            {"settings": {"retry": {"kind": "custom"}}},
            "automations[1].settings.retry.days_after_previous: a custom rule needs its days",
        ),
        ({"name": " "}, 'automations[1].name: " " cannot be used; write a name'),
    ],
)
def test_a_wrong_automation_is_told_what_would_be_right(changed, said):
    """Also where it is wrong only together with what it overrides."""
    assert said in told({"automations": [{**GOLD, **changed}]})


def test_automations_have_names_of_their_own():
    """And all their parts."""
    assert "automations: two are named 'gold'" in told({"automations": [GOLD, GOLD]})
    missing = told({"automations": [{"name": "x"}]})
    assert "automations[1]: settings is missing" in missing
    assert "automations[1]: when is missing" in missing
