"""Pauses set by the owner: until a day, of an invoice or of a customer, and the end of a dispute."""

from datetime import UTC, datetime

import pytest
from dunwell.domain.decision import ActionKind, decide
from dunwell.domain.pauses import resting
from dunwell.domain.payers_word import Complaint, Dispute, PayersWord, Promise
from dunwell.domain.timing import EvenSpread

from tests.build import attempt, customer, day, invoice, rules, settings

BERLIN = settings(time_zone="Europe/Berlin")
UNTIL_APRIL = {"dunwell_pause_until": "2026-04-01", "dunwell_pause_reason": "moves house"}
FIRST_OF_APRIL = datetime(2026, 3, 31, 22, tzinfo=UTC)  # midnight in Berlin, in summer time


def at_rest(now, facts=None, who=None):
    return resting(facts or invoice(), who or customer(), BERLIN, now)


@pytest.mark.parametrize("whose", ["invoice", "customer"])
def test_a_pause_rests_everything_until_its_day(whose):
    """In the owner's zone, across the change to summer time; then it ends by itself."""
    facts = invoice(metadata=UNTIL_APRIL) if whose == "invoice" else invoice()
    who = customer(metadata=UNTIL_APRIL) if whose == "customer" else customer()
    found = decide(facts, [attempt(day(0))], who, BERLIN, EvenSpread(), day(1))
    assert (found.next_action.kind, found.next_action.at) == (ActionKind.LOOK_AGAIN, day(8))
    assert (found.next_payment_attempt, found.wanted_messages) == (None, ())
    assert rules(found.reasons) == ["paused"]
    assert found.reasons[0].text == f"the owner has paused the {whose} until 2026-04-01: moves house"
    last = decide(facts, [attempt(day(0))], who, BERLIN, EvenSpread(), day(28))
    assert last.next_action.at == FIRST_OF_APRIL
    after = decide(facts, [attempt(day(0))], who, BERLIN, EvenSpread(), FIRST_OF_APRIL)
    assert "paused" not in rules(after.reasons)


def test_the_longest_pause_counts():
    """Of the invoice's and the customer's."""
    facts = invoice(metadata={"dunwell_pause_until": "2026-03-10"})
    found = at_rest(day(1), facts, customer(metadata=UNTIL_APRIL))
    assert found.until == FIRST_OF_APRIL
    assert at_rest(day(1), facts).reason.text == "the owner has paused the invoice until 2026-03-10"


@pytest.mark.parametrize("told", ["1 April", "2026-13-01", "01.04.2026", "soon", "9999-12-31"])
def test_a_day_that_cannot_be_read_pauses_until_it_can(told):
    """Nothing is done against the owner's wish because of a slip; the reason says what would be right."""
    found = at_rest(day(400), invoice(metadata={"dunwell_pause_until": told}))
    assert found is not None
    if found.until is None:
        assert "is no day like 2026-04-01" in found.reason.text
    both = at_rest(day(1), invoice(metadata={"dunwell_pause_until": told}), customer(metadata=UNTIL_APRIL))
    assert both.until is None or both.until > FIRST_OF_APRIL


def test_an_empty_pause_is_none():
    """As Stripe's dashboard leaves it when the value is deleted."""
    assert at_rest(day(1), invoice(metadata={"dunwell_pause_until": ""})) is None


def test_a_dispute_stands_until_the_owner_has_answered_it():
    """By metadata of the invoice; what was promised before goes on to count."""
    promise = Promise(day(0), day(5).date(), day(5), day(5))
    word = PayersWord((promise,), dispute=Dispute(day(1), Complaint.WRONG, "no"))
    assert at_rest(day(2), invoice(word=word)).reason.rule == "disputed"
    for told in ("true", " True "):
        answered = invoice(word=word, metadata={"dunwell_answered": told})
        assert at_rest(day(2), answered).reason.rule == "promised"
        assert at_rest(day(6), answered) is None
    assert at_rest(day(6), invoice(word=word, metadata={"dunwell_answered": "no"})).until is None


def test_a_dispute_comes_before_a_pause_and_a_pause_before_a_promise():
    """The first that applies is the reason."""
    promise = Promise(day(0), day(50).date(), day(50), day(50))
    paused = {"metadata": UNTIL_APRIL}
    assert at_rest(day(2), invoice(word=PayersWord((promise,)), **paused)).reason.rule == "paused"
    disputed = PayersWord((promise,), dispute=Dispute(day(1), Complaint.WRONG, "no"))
    assert at_rest(day(2), invoice(word=disputed, **paused)).reason.rule == "disputed"
