from dataclasses import replace
from datetime import timedelta

import pytest
from dunwell.domain.invoices import Status
from dunwell.domain.money import Money
from dunwell.errors import ProcessorUnavailableError
from dunwell.heard_events import EventState, HeardEvent
from dunwell.records import Glance
from dunwell.use_cases.reconciliation_sweep import PAGES_MAX, ReconciliationSweep
from dunwell.workers import Worker

from tests.build import day, invoice

EVENT = HeardEvent("evt_1", "invoice.paid", day(0), invoice_id="in_1")


class Listing:
    """The processor's lists, page by page; `down` in place of an answer."""

    def __init__(self, undelivered=(), heard=(), invoices=(), *, down=False):
        self.lists, self.invoices, self.down = {True: undelivered, False: heard}, invoices, down

    def events_since(self, since, *, undelivered):
        if self.down:
            raise ProcessorUnavailableError("503")
        yield from ([event] for event in self.lists[undelivered])

    def open_invoices(self):
        yield from ([glance] for glance in self.invoices)


def sweep(world, listing, *, everything=False):
    events, telling = world.invoices.events, world.telling
    swept = ReconciliationSweep(listing, events, world.invoices, world.queues, world.clock, telling)
    return swept.run(everything=everything)


def test_an_event_that_was_never_heard_is_stored_and_enqueued(world):
    """Once: the next run finds it."""
    world.comes_to(1)
    assert sweep(world, Listing([EVENT])) == {"undelivered": 1, "waiting": 0}
    assert world.invoices.events.load("evt_1")[1] is EventState.STORED
    assert world.queues.sent == [(Worker.EVENT_PROCESSING, {"event_id": "evt_1"})]
    assert sweep(world, Listing([EVENT])) == {"undelivered": 0, "waiting": 0}


def test_an_event_on_its_ordinary_way_is_left_to_it(world):
    """It happened a quarter of an hour ago at most."""
    world.clock.at += timedelta(minutes=14)
    assert sweep(world, Listing([EVENT]))["undelivered"] == 0


def test_an_event_that_was_stored_and_not_applied_is_enqueued_again(world):
    """Until it is dealt with."""
    world.invoices.events.store(EVENT)
    world.clock.at += timedelta(minutes=15)
    for _ in range(2):
        assert sweep(world, Listing())["waiting"] == 1
    world.invoices.events.applied("evt_1")
    assert sweep(world, Listing())["waiting"] == 0


def test_while_the_processor_is_down_nothing_is_enqueued(world):
    """It could not be applied; the queues would only fill."""
    world.invoices.events.store(EVENT)
    world.comes_to(1)
    with pytest.raises(ProcessorUnavailableError):
        sweep(world, Listing(down=True))
    assert world.queues.sent == []


def test_every_night_open_invoices_are_compared(world):
    """One that is unknown or reads otherwise is looked at again and counted; one that agrees is not."""
    world.says(invoice())
    world.book.update(lambda: world.book.look("in_1"))
    same = Glance("in_1", Status.OPEN, Money(4900, "eur"))
    other = replace(same, amount_remaining=Money(4800, "eur"))
    unknown = replace(same, invoice_id="in_2")
    found = sweep(world, Listing(invoices=[same, other, unknown]), everything=True)
    assert found == {"undelivered": 0, "waiting": 0, "unheard": 0, "drifted": 2}
    assert [body for _, body in world.queues.sent] == [{"invoice_id": "in_1"}, {"invoice_id": "in_2"}]
    assert world.telling.counts["ReconciledDrifted"] == 2


def test_one_run_reads_only_so_many_pages(world):
    """And says out loud that more is listed."""
    glances = (Glance(f"in_{n}", Status.OPEN, Money(1, "eur")) for n in range(PAGES_MAX + 5))
    assert sweep(world, Listing(invoices=glances), everything=True)["drifted"] == PAGES_MAX
    assert world.telling.counts["ReconciliationCutShort"] == 1
