"""What an agenda, and the circuit breaker beside it, promise."""

from dataclasses import replace

from dunwell.domain.decision import Action, ActionKind, Decision
from dunwell.workers import Lane, Worker

from tests.build import day
from tests.contracts.given import facts, saved


def entries(stores, now, lane=Lane.WORK):
    return sorted((e for page in stores.agenda.due(lane, now) for e in page), key=lambda e: e.id)


def test_an_entry_is_due_from_its_time_and_leased_once(stores):
    """Who read an older time is told that somebody else was faster."""
    saved(stores)
    assert [(e.id, e.worker) for e in entries(stores, day(1))] == [("cus_1", Worker.REMINDER_DISPATCH)]
    invoice_entry = entries(stores, day(2))[1]
    assert (invoice_entry.id, invoice_entry.worker) == ("in_1", Worker.RETRY_EXECUTION)
    for entry in entries(stores, day(2)):
        assert stores.agenda.lease(entry, day(3))
        assert not stores.agenda.lease(entry, day(3))
    assert entries(stores, day(2)) == []
    assert len(entries(stores, day(3))) == 2


def test_final_actions_have_a_lane_of_their_own_and_closed_invoices_no_entry(stores):
    """The nightly sweep's."""
    mark = Decision(Action(ActionKind.MARK_UNCOLLECTIBLE, day(30)))
    stores.invoices.save(None, facts(), mark, 1, None)
    assert [e.worker for e in entries(stores, day(30), Lane.FINAL)] == [Worker.FINAL_ACTION]
    stores.invoices.save(stores.invoices.load("in_1"), replace(facts(), version=1), Decision(None), 1, None)
    assert entries(stores, day(30), Lane.FINAL) == []


def test_the_circuit_breaker_counts_an_hour_at_a_time(stores):
    """The third attempt of an hour is not admitted where two are allowed; the next hour begins anew."""
    assert [stores.rate.admit(day(0), 2) for _ in range(4)] == [True, True, False, False]
    assert stores.rate.admit(day(0, 1), 2)
