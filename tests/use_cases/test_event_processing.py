from dunwell.domain.payments import Outcome
from dunwell.heard_events import EventState, HeardEvent
from dunwell.use_cases.event_processing import EventProcessing

from tests.build import day, invoice
from tests.domain.test_attribution import charge


def test_an_event_with_our_key_ties_its_charge_to_our_attempt(world):
    """The answer was lost, and the webhook tells."""
    world.failing()
    world.retry()
    made = charge("ch_2", day(2.001))
    world.says(invoice(), charge("ch_1", day(0)), made)
    events = world.invoices.events
    events.store(
        HeardEvent(
            "evt_1", "charge.failed", day(2), "charge", "ch_2", invoice_id="in_1", charge_id="ch_2",
            idempotency_key="dunwell-in_1-attempt-001",
        )
    )  # fmt: skip
    processing = EventProcessing(
        world.book, events, world.invoices, world.processor, world.queues, world.telling
    )
    processing.run("evt_1")
    assert [(a.charge_id, a.outcome) for a in world.own()] == [("ch_2", Outcome.DECLINED)]
    assert events.load("evt_1")[1] is EventState.APPLIED
    processing.run("evt_nobody")
    assert world.telling.warnings == ["no such event; it may have been deleted after 35 days"]
