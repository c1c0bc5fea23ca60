from datetime import timedelta

from dunwell.records import DueEntry
from dunwell.use_cases.dispatching import ENTRIES_MAX, Dispatching
from dunwell.workers import Lane, Worker

from tests.build import day


class Agenda:
    """Pages of entries; some of which somebody else has leased already."""

    def __init__(self, pages, leased=()):
        self.pages, self.leased, self.until = pages, leased, []

    def due(self, lane, now):
        yield from self.pages

    def lease(self, entry, until):
        self.until.append(until)
        return entry.id not in self.leased


def test_what_is_due_goes_to_its_worker_by_id(world):
    """An entry that somebody else leased is left to them."""
    page = [
        DueEntry("in_1", Worker.RETRY_EXECUTION, day(0)),
        DueEntry("cus_1", Worker.REMINDER_DISPATCH, day(0)),
    ]
    agenda = Agenda([page, [DueEntry("in_2", Worker.RETRY_EXECUTION, day(0))]], leased={"in_2"})
    sent = Dispatching(agenda, world.queues, world.clock, world.telling).run(Lane.WORK)
    assert sent == 2
    assert sorted(map(str, world.queues.sent)) == sorted(
        map(
            str,
            [
                (Worker.RETRY_EXECUTION, {"invoice_id": "in_1", "due": day(0).isoformat()}),
                (Worker.REMINDER_DISPATCH, {"customer_id": "cus_1", "due": day(0).isoformat()}),
            ],
        )
    )
    assert set(agenda.until) == {day(0) + timedelta(minutes=15)}
    assert world.telling.ages == [("OldestDueWork", timedelta(0))]


def test_it_is_told_how_long_the_oldest_entry_has_waited(world):
    """Leased by us or not: people hear when what is due is not got through."""
    page = [
        DueEntry("in_1", Worker.RETRY_EXECUTION, day(-1)),
        DueEntry("in_2", Worker.RETRY_EXECUTION, day(-2)),
    ]
    Dispatching(Agenda([page], leased={"in_2"}), world.queues, world.clock, world.telling).run(Lane.FINAL)
    Dispatching(Agenda([]), world.queues, world.clock, world.telling).run(Lane.WORK)
    assert world.telling.ages == [("OldestDueFinal", timedelta(days=2)), ("OldestDueWork", timedelta(0))]


def test_one_run_takes_only_so_much(world):
    """And says out loud that more is due."""
    pages = (
        [DueEntry(f"in_{n}", Worker.FINAL_ACTION, day(0)) for n in range(m, m + 100)]
        for m in range(0, 9_000, 100)
    )
    sent = Dispatching(Agenda(pages), world.queues, world.clock, world.telling).run(Lane.FINAL)
    assert sent == ENTRIES_MAX
    assert world.telling.warnings == ["more is due than one run takes"]
