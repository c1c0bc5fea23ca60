from dataclasses import replace
from datetime import timedelta

from dunwell.domain.invoices import Status
from dunwell.domain.payments import Failure, Outcome
from dunwell.records import ChargeResult

from tests.build import day, invoice
from tests.domain.test_attribution import charge


def test_an_unknown_outcome_is_asked_for_with_the_same_key(world):
    """Two minutes later; what the processor answers then is recorded."""
    world.failing()
    world.retry()
    world.resolve()
    assert len(world.processor.charged) == 1
    world.clock.at += timedelta(minutes=3)
    world.processor.results = [ChargeResult(Outcome.DECLINED, Failure("insufficient_funds"), "ch_2")]
    world.says(
        invoice(), charge("ch_1", day(0)), replace(charge("ch_2", day(2.001)), created_at=world.clock.at)
    )
    world.resolve()
    assert world.processor.charged == ["dunwell-in_1-attempt-001"] * 2
    assert [(a.outcome, a.asked) for a in world.own()] == [(Outcome.DECLINED, 1)]


def test_a_resolution_on_an_invoice_that_is_paid_only_looks(world):
    """The list of charges tells what became of the call; no key is sent."""
    world.failing()
    world.retry()
    world.clock.at += timedelta(minutes=3)
    made = charge("ch_2", day(2.001), Outcome.SUCCEEDED)
    world.says(invoice(status=Status.PAID), charge("ch_1", day(0)), made)
    world.resolve()
    assert len(world.processor.charged) == 1
    assert [a.outcome for a in world.own()] == [Outcome.SUCCEEDED]
