"""Decisions on any facts and settings: always one, always the same, never too late or beyond a promise."""

from dataclasses import replace
from datetime import timedelta

import pytest
from dunwell.domain.attribution import attribute
from dunwell.domain.days import local_date
from dunwell.domain.decision import ActionKind, decide
from dunwell.domain.limits import LOOK_AGAIN_MAX
from dunwell.domain.ownership import hands_off
from dunwell.domain.payments import Origin, Outcome
from dunwell.domain.policies import PastDueAction
from dunwell.domain.timing import EvenSpread
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from tests.any_facts import NOW, attempts_made, charges, customers, invoices, open_invoices, owners_settings

MODEL = EvenSpread()
SETTLED = frozenset(Outcome) - {Outcome.UNKNOWN, Outcome.PROCESSING}


def decided(invoice, attempts, customer, chosen):
    return decide(invoice, attempts, customer, chosen, MODEL, NOW)


@given(invoices(), attempts_made(), customers, owners_settings(), st.randoms(use_true_random=False))
def test_every_invoice_has_a_decision_and_always_the_same_one(invoice, attempts, customer, chosen, random):
    """Whatever is known of it, in whatever order; with a reason, in UTC, and none once it is closed."""
    decision = decided(invoice, attempts, customer, chosen)
    shuffled = random.sample(attempts, len(attempts))
    assert decided(invoice, shuffled, customer, chosen) == decision
    assert decision.reasons
    assert all(reason.rule and reason.text for reason in decision.reasons)
    if not invoice.is_open:
        assert decision.next_action is None or decision.next_action.kind in (
            ActionKind.LOOK_AGAIN,
            ActionKind.RESOLVE_ATTEMPT,
        )


@given(open_invoices, attempts_made(), customers, owners_settings())
def test_an_open_invoice_is_looked_at_again_within_a_week(invoice, attempts, customer, chosen):
    """It always has one next action, at most seven days away (S1)."""
    action = decided(invoice, attempts, customer, chosen).next_action
    assert action is not None
    assert action.at <= NOW + LOOK_AGAIN_MAX
    assert action.at.utcoffset() == timedelta(0)
    if action.kind is ActionKind.LOOK_AGAIN:
        assert action.at > NOW


@settings(max_examples=settings().max_examples * 3)
@given(open_invoices, attempts_made(), customers, owners_settings())
def test_nothing_is_done_that_is_not_ours_or_not_yet_certain(invoice, attempts, customer, chosen):
    """Nothing while an outcome is open, or where Dunwell only observes (M2, M5, M7, S1b)."""
    decision = decided(invoice, attempts, customer, chosen)
    kind = decision.next_action.kind
    unsettled = invoice.payment_processing or any(
        a.outcome is Outcome.PROCESSING or (a.outcome is Outcome.UNKNOWN and a.origin is Origin.DUNWELL)
        for a in attempts
    )
    if unsettled or hands_off(invoice, customer, chosen):
        assert kind in (ActionKind.LOOK_AGAIN, ActionKind.RESOLVE_ATTEMPT)
        assert not decision.wanted_messages
        assert decision.planned_retry is None
    if hands_off(invoice, customer, chosen):
        assert kind is ActionKind.LOOK_AGAIN
    if kind is ActionKind.MARK_UNCOLLECTIBLE:
        past_due = local_date(decision.next_action.at, chosen.time_zone) - invoice.due_date(chosen.time_zone)
        assert past_due >= timedelta(days=chosen.past_due.after_days)
        assert chosen.past_due.action is PastDueAction.MARK_UNCOLLECTIBLE
        assert decision.next_payment_attempt is None
    if kind is ActionKind.CREDIT_SHORTFALL:
        assert decision.next_action.amount == invoice.amount_remaining
        assert invoice.partially_paid
    if kind is ActionKind.ATTEMPT_PAYMENT:
        assert invoice.payment_method is not None
        assert sum(attempt.counts for attempt in attempts) <= chosen.retry.retries_max


@given(open_invoices, attempts_made(), customers, owners_settings())
def test_a_retry_keeps_its_time_once_it_is_chosen(invoice, attempts, customer, chosen):
    """A plan that was kept with the invoice is chosen again, not anew at each look."""
    plan = decided(invoice, attempts, customer, chosen).planned_retry
    kept = replace(invoice, planned_retry=plan)
    assert decided(kept, attempts, customer, chosen).planned_retry == plan


@given(
    attempts_made(),
    charges,
    st.integers(-1, 9),
    st.booleans(),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_every_charge_is_somebodys_once(attempts, charges, count, chargeable, by_processor, random):
    """Ours or foreign, in the order of time; no attempt of ours is lost, whatever the order of the lists."""
    own = [attempt for attempt in attempts if attempt.number]
    told = {"chargeable": chargeable, "processor_charges": by_processor}
    found = attribute(own, charges, count, NOW, **told)
    shuffled = attribute(
        random.sample(own, len(own)), random.sample(charges, len(charges)), count, NOW, **told
    )
    assert found == shuffled
    assert [(a.started_at, a.id) for a in found] == sorted((a.started_at, a.id) for a in found)
    assert sorted(a.number for a in found if a.number) == sorted(a.number for a in own)
    listed = {charge.id for charge in charges}
    claimed = [a.charge_id for a in found if a.charge_id in listed]
    assert sorted(claimed) == sorted(listed)
    if not by_processor:
        assert Origin.PROCESSOR not in {a.origin for a in found}


@pytest.mark.parametrize("kind", ActionKind)
def test_any_facts_lead_to_each_kind_of_action(kind):
    """Else the promises above would be kept by facts that never ask for anything."""
    facts = st.tuples(open_invoices, attempts_made(), customers, owners_settings())
    enough = settings(max_examples=5_000, derandomize=True, phases=[Phase.generate])
    find(facts, lambda drawn: decided(*drawn).next_action.kind is kind, settings=enough)
