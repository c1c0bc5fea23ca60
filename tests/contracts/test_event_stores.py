"""What an event store promises."""

from dataclasses import replace

from dunwell.heard_events import EventState

from tests.build import DAY_0, day
from tests.contracts.given import EVENT, saved


def test_an_event_is_stored_once_and_enqueued_until_it_is_dealt_with(stores):
    """A duplicate of one that is not applied yet counts as new."""
    assert stores.events.load("evt_1") is None
    assert stores.events.store(EVENT)
    assert stores.events.store(EVENT)
    found, state = stores.events.load("evt_1")
    assert (found.id, found.invoice_id, state) == ("evt_1", "in_1", EventState.STORED)
    stores.events.applied("evt_1")
    assert not stores.events.store(EVENT)
    other = replace(EVENT, id="evt_2")
    stores.events.store(other)
    stores.events.ignore("evt_2", "no reason")
    assert stores.events.load("evt_2")[1] is EventState.IGNORED


def test_events_that_wait_are_found_until_they_are_dealt_with(stores):
    """Those stored long enough ago; and the state of any that is known."""
    for number in range(3):
        stores.events.store(replace(EVENT, id=f"evt_{number}"))
    stores.events.applied("evt_0")
    stores.events.ignore("evt_1", "no reason")
    assert [one for page in stores.events.waiting(DAY_0) for one in page] == ["evt_2"]
    assert list(stores.events.waiting(day(-1))) == []
    assert stores.events.states(["evt_0", "evt_1", "evt_2", "evt_3"]) == {
        "evt_0": EventState.APPLIED, "evt_1": EventState.IGNORED, "evt_2": EventState.STORED,
    }  # fmt: skip


def test_an_event_is_applied_with_what_it_led_to(stores):
    """In one transaction: an event that is not stored lets nothing be written."""
    stores.events.store(EVENT)
    saved(stores, event_id="evt_1")
    assert stores.events.load("evt_1")[1] is EventState.APPLIED
    assert list(stores.events.waiting(day(1))) == []
