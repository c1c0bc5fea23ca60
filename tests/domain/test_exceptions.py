"""The owner's exceptions: a retry rule of one's own, and what is kept out."""

import pytest
from dunwell.domain.automations import Behaviour, Case, settings_for
from dunwell.domain.decision import decide
from dunwell.domain.exceptions import included, kept_out, own_rule, rule_of, scheduled
from dunwell.domain.policies import RetryKind, RetryPolicy
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
