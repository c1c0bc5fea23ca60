"""The owner's exceptions: a retry rule of one's own, and what is kept out."""

from dataclasses import replace
from datetime import date

import pytest
from dunwell.domain.automations import Behaviour, Case, settings_for
from dunwell.domain.decision import decide
from dunwell.domain.exceptions import (
    answered,
    excepted,
    given_up,
    included,
    kept_out,
    own_rule,
    paused,
    resumed,
    rule_of,
    scheduled,
    without_exceptions,
)
from dunwell.domain.policies import PastDueAction, PastDuePolicy, RetryKind, RetryPolicy
from dunwell.domain.timing import EvenSpread

from tests.build import attempt, customer, day, invoice, rules, settings

USUAL = RetryPolicy(RetryKind.SMART, retries=4)
OWN = scheduled("3, 5", None, "pays late", "ada")


@pytest.mark.parametrize(
    ("told", "kind", "days"),
    [
        ("off", RetryKind.OFF, ()),
        (" Even ", RetryKind.EVEN, ()),
        ("smart", RetryKind.SMART, ()),
        ("3", RetryKind.CUSTOM, (3,)),
        ("3 5 7", RetryKind.CUSTOM, (3, 5, 7)),
        ("3,5, 7", RetryKind.CUSTOM, (3, 5, 7)),
    ],
)
def test_a_rule_is_a_word_or_days(told, kind, days):
    """The rest is as usual."""
    found = rule_of(told, USUAL)
    assert (found.kind, found.days_after_previous, found.retries) == (kind, days, 4)


@pytest.mark.parametrize("told", ["custom", "never", "0", "3 0", "63", "3;5", "-3", " ".join(["1"] * 16)])
def test_what_is_no_rule_is_none(told):
    """The settings' rule counts: nothing is charged at a time that nobody meant."""
    assert rule_of(told, USUAL) is None
    assert own_rule(invoice(metadata={"dunwell_retry": told}), customer(), settings(), day(1)) is None


@pytest.mark.parametrize("whose", ["invoice", "customer"])
def test_a_rule_of_ones_own_counts_and_is_told(whose):
    """With the reason and who gave it; the invoice's comes before the customer's."""
    facts = invoice(metadata=OWN) if whose == "invoice" else invoice()
    who = (
        customer(metadata=OWN) if whose == "customer" else customer(metadata=scheduled("off", None, "x", "y"))
    )
    chosen = settings_for(Case(facts, (), who, Behaviour(), day(1)), settings())
    assert chosen.retry.days_after_previous == (3, 5)
    decision = decide(facts, [attempt(day(0))], who, chosen, EvenSpread(), day(1))
    assert decision.next_payment_attempt == day(3)
    assert decision.reasons[-1].rule == "own_rule"
    assert decision.reasons[-1].text == f"the {whose} has a rule of its own, 3, 5: pays late (ada)"


def test_a_rule_ends_on_its_day_in_the_owners_zone():
    """At midnight in Berlin, in summer time: 29 March 2026 has 23 hours there."""
    berlin = settings(time_zone="Europe/Berlin")
    facts = invoice(metadata={**OWN, "dunwell_retry_until": "2026-03-30"})
    last, first = day(27, 12.9), day(27, 13.1)  # 21:54 and 22:06 UTC of 29 March
    assert own_rule(facts, customer(), berlin, last) is not None
    assert own_rule(facts, customer(), berlin, first) is None
    unreadable = invoice(metadata={**OWN, "dunwell_retry_until": "soon"})
    assert own_rule(unreadable, customer(), berlin, day(400)) is not None


def test_a_customer_who_is_kept_out_has_no_invoice_collected():
    """But one that is handed over by itself; the reason says why and who."""
    out = customer(metadata=kept_out("an old friend", "ada"))
    found = decide(invoice(), [attempt(day(0))], out, settings(), EvenSpread(), day(1))
    assert rules(found.reasons) == ["kept_out"]
    assert found.reasons[0].text.endswith("dunwell_collect=false: an old friend (ada)")
    handed = invoice(metadata={"dunwell_collect": "true"})
    assert decide(handed, [attempt(day(0))], out, settings(), EvenSpread(), day(1)).next_payment_attempt
    assert set(included().values()) == {""}


def test_each_exception_is_metadata_with_a_reason_and_who_gave_it():
    """What ends one empties the same keys."""
    until = date(2026, 4, 1)
    assert paused(until, "moves", "ada") == {
        "dunwell_pause_until": "2026-04-01",
        "dunwell_pause_reason": "moves",
        "dunwell_pause_by": "ada",
    }
    assert resumed() == dict.fromkeys(paused(until, "moves", "ada"), "")
    assert kept_out("an old friend", "ada") == {
        "dunwell_collect": "false",
        "dunwell_collect_reason": "an old friend (ada)",
    }
    assert answered(date(2026, 4, 1)) == {"dunwell_answered": "2026-04-01"}
    assert given_up("insolvent", "ada") == {"dunwell_give_up": "insolvent (ada)"}
    assert included() == dict.fromkeys([*kept_out("", ""), *given_up("", "")], "")
    assert scheduled("3, 5", until, "pays late", "ada") == {
        "dunwell_retry": "3, 5",
        "dunwell_retry_until": "2026-04-01",
        "dunwell_retry_reason": "pays late (ada)",
    }
    assert OWN["dunwell_retry_until"] == ""
    assert scheduled("", until, "pays late", "ada") == dict.fromkeys(OWN, "")


def test_an_invoice_that_is_given_up_is_not_retried_and_ends_a_day_past_due():
    """Whatever the settings and its own rule say; a blank is no reason."""
    usual = settings(tolerance={})
    facts = invoice(metadata={**OWN, "dunwell_give_up": " insolvent (ada) "})
    found = excepted(facts, customer(), usual, day(1))
    assert found == replace(
        usual,
        retry=replace(usual.retry, kind=RetryKind.OFF),
        past_due=PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, 1),
        own_rule="the owner gives it up: insolvent (ada)",
    )
    blank = invoice(metadata={"dunwell_give_up": "  "})
    assert excepted(blank, customer(), usual, day(1)) == usual


def test_a_rule_needs_no_reason_and_the_customers_follows_on_the_invoices():
    """Once the invoice's is over, the customer's counts."""
    bare = invoice(metadata={"dunwell_retry": " 3 5 "})
    assert own_rule(bare, customer(), settings(), day(1)).why == "the invoice has a rule of its own, 3 5"
    over = invoice(metadata={**OWN, "dunwell_retry_until": " 2026-03-04 "})
    who = customer(metadata={"dunwell_retry": "off"})
    assert own_rule(over, who, settings(), day(1)).policy.days_after_previous == (3, 5)
    assert own_rule(over, who, settings(), day(2)).why == "the customer has a rule of its own, off"
    assert own_rule(over, customer(), settings(), day(2)) is None


def test_a_rules_days_have_a_most_each_and_together():
    """62 days, fifteen retries; separated by blanks or commas."""
    assert rule_of("62", USUAL).days_after_previous == (62,)
    assert rule_of(" ".join(["1"] * 15), USUAL).days_after_previous == (1,) * 15
    assert rule_of("1,  2 ,3", USUAL).days_after_previous == (1, 2, 3)
    assert rule_of("OFF", USUAL) == replace(USUAL, kind=RetryKind.OFF)


def test_metadata_without_exceptions_is_what_the_owner_has_there_otherwise():
    """What hands an invoice over is none."""
    until = date(2026, 4, 1)
    made = paused(until, "a", "b") | given_up("a", "b") | OWN | kept_out("a", "b")
    assert without_exceptions(made | {"team": "north"}) == {"team": "north"}
    assert without_exceptions({"dunwell_collect": " False "}) == {}
    assert without_exceptions({"dunwell_collect": "true"}) == {"dunwell_collect": "true"}
