"""What a store of webhooks promises that were not taken at once."""

from dunwell.domain.announcements import EventType
from dunwell.domain.deliveries import Delivery, Health
from dunwell.records import DueEntry, PublishedEvent
from dunwell.workers import Lane, Worker

from tests.build import day
from tests.contracts.given import facts, saved

BEGUN = Delivery("billing-app", "in_1:1", day(0))
PAID = PublishedEvent("in_1", 1, EventType.PAID, day(0), {"amount_due": 4900})
WAITS = BEGUN.after_failure("it answered 503", day(0))


def due(stores, now):
    return [entry for page in stores.agenda.due(Lane.WEBHOOKS, now) for entry in page]


def test_a_delivery_waits_in_the_agenda_until_it_is_taken(stores):
    """From its planned time on, leased once like any other entry; the minute's other lane has none."""
    stores.deliveries.keep(None, WAITS)
    assert stores.deliveries.load("billing-app", "in_1:1") == WAITS
    assert due(stores, day(0)) == []
    (entry,) = due(stores, day(1))
    assert entry == DueEntry("billing-app/in_1:1", Worker.WEBHOOK_DELIVERY, WAITS.due_at)
    assert stores.agenda.lease(entry, day(2))
    assert not stores.agenda.lease(entry, day(3))
    assert due(stores, day(1)) == []
    assert list(stores.agenda.due(Lane.WORK, day(9))) == []
    assert stores.deliveries.load("billing-app", "in_1:1") == WAITS, "the lease is none of its business"
    stores.deliveries.drop("billing-app", "in_1:1")
    stores.deliveries.drop("billing-app", "in_1:1")
    assert stores.deliveries.load("billing-app", "in_1:1") is None
    assert due(stores, day(9)) == []


def test_what_was_given_up_is_known_and_in_no_agenda(stores):
    """It was in it before."""
    stores.deliveries.keep(None, WAITS)
    gone = WAITS.refused_for_good("it answered 410")
    stores.deliveries.keep(WAITS, gone)
    assert stores.deliveries.load("billing-app", "in_1:1") == gone
    assert due(stores, day(9)) == []


def test_who_tried_it_at_the_same_time_and_was_faster_is_believed(stores):
    """Nobody's try is undone."""
    stores.deliveries.keep(None, WAITS)
    twice = WAITS.after_failure("no answer", day(0, 1))
    stores.deliveries.keep(WAITS, twice)
    for before in (None, WAITS):
        stores.deliveries.keep(before, WAITS.refused_for_good("late"))
    assert stores.deliveries.load("billing-app", "in_1:1") == twice


def test_how_an_endpoint_does_is_kept_beside_its_deliveries(stores):
    """As if nothing had ever failed where nothing is kept."""
    assert stores.deliveries.of_endpoint("billing-app") == Health()
    failing = Health().after_failure(day(0))
    stores.deliveries.keep_health("billing-app", failing)
    assert stores.deliveries.of_endpoint("billing-app") == failing
    assert stores.deliveries.of_endpoint("crm") == Health()


def test_an_event_is_found_by_its_number(stores):
    """As it was published."""
    saved(stores, after=facts(news=(PAID,)))
    assert stores.invoices.event("in_1", 1) == PAID
    assert stores.invoices.event("in_1", 2) is None
    assert stores.invoices.event("in_2", 1) is None
