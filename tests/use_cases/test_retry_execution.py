from datetime import timedelta

import pytest
from dunwell.domain.payments import Failure, Outcome
from dunwell.errors import ObjectMissingError, StaleFactsError
from dunwell.records import ChargeResult, card_key

from sandbox.memory.agenda import MemoryAttemptRate
from tests.build import settings


def test_an_attempt_is_written_before_the_charge(world):
    """While the processor is called its outcome is stored as unknown, under the key that was sent."""
    world.failing()
    seen = []
    world.processor.on_charge = lambda: seen.extend(world.own())
    assert world.retry()
    assert [(a.outcome, a.idempotency_key) for a in seen] == [(Outcome.UNKNOWN, "dunwell-in_1-attempt-001")]
    assert world.processor.charged == ["dunwell-in_1-attempt-001"]


def test_a_retry_that_is_not_due_is_not_made(world):
    """A message of an outdated plan does nothing but look."""
    world.failing()
    world.comes_to(1)
    assert not world.retry()
    assert world.processor.charged == []


def test_the_circuit_breaker_holds_an_attempt_back(world):
    """More than the settings allow in an hour: nothing is written or charged, and people are told."""
    world.failing()
    world.settings.chosen = settings(attempts_per_hour=1)
    world.rate.admit(world.clock.at, 1)
    assert not world.retry()
    assert (world.own(), world.processor.charged) == ([], [])
    assert world.telling.counts["AttemptsHeldBack"] == 1
    world.clock.at += timedelta(hours=1)
    assert world.retry()


def test_a_reading_too_old_charges_nothing(world):
    """The attempt is written and left to the resolution; no money moves on old knowledge."""
    world.failing()
    world.clock.slow = timedelta(seconds=3)
    assert not world.retry()
    assert world.processor.charged == []
    assert [a.outcome for a in world.own()] == [Outcome.UNKNOWN]


def test_who_loses_the_claim_does_not_charge(world):
    """Somebody else wrote the invoice between the look and the claim."""
    world.failing()
    look = world.book.look("in_1")
    world.book.write(look)
    with pytest.raises(StaleFactsError):
        world.book.write(look)
    assert world.processor.charged == []


def test_an_outcome_is_recorded_against_somebody_elses_writes(world):
    """An event of the same charge is applied while we wait for the answer."""
    world.failing()
    world.processor.results = [ChargeResult(Outcome.DECLINED, Failure("do_not_honor"), "ch_2")]
    world.processor.on_charge = lambda: world.book.update(lambda: world.book.look("in_1"))
    assert world.retry()
    assert [a.outcome for a in world.own()] == [Outcome.DECLINED]


def test_an_invoice_the_processor_lacks_leaves_the_agenda(world):
    """And the worker says so."""
    world.failing()
    world.processor.reading = None
    with pytest.raises(ObjectMissingError):
        world.retry()
    assert world.invoices.decisions["in_1"].next_action is None


def test_an_attempt_on_the_same_card_meanwhile_is_counted_first(world):
    """Another invoice's was begun between the look and the claim: it is looked at again, and charged."""
    world.failing()
    card = card_key(world.invoices.load("in_1").invoice.payment_method.identity)

    class Meanwhile(MemoryAttemptRate):
        def admit(self, now, per_hour_max):
            world.invoices.claims[card] = 1
            return super().admit(now, per_hour_max)

    world.rate = Meanwhile()
    assert world.retry()
    assert world.invoices.claims == {card: 2}
    assert world.processor.charged == ["dunwell-in_1-attempt-001"]
