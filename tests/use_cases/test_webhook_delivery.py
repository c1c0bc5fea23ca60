"""One event and one endpoint: taken, tried again, given up; and an endpoint that fails holds up no other."""

from datetime import timedelta

import pytest
from dunwell.domain.announcements import EventType
from dunwell.domain.deliveries import Health
from dunwell.domain.policies import Endpoint
from dunwell.errors import EndpointFailedError
from dunwell.records import PublishedEvent
from dunwell.use_cases.webhook_delivery import WebhookDelivery

from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.deliveries import MemoryDeliveries
from sandbox.memory.events import MemoryEvents
from sandbox.memory.invoices import MemoryInvoices
from tests.build import day, settings
from tests.fakes import FakeClock, FakeSettings, FakeTelling

BILLING = Endpoint("billing-app", "https://billing.example.com/hooks")
CRM = Endpoint("crm", "https://crm.example.com/hooks")
EVENTS = [PublishedEvent("in_1", number, EventType.PAID, day(0), {}) for number in range(1, 6)]
DOWN = EndpointFailedError("it answered 503")


class FakeEndpoints:
    """Each endpoint fails with what stands in `fails` for it."""

    def __init__(self):
        self.taken, self.asked, self.fails = [], [], {}

    def post(self, endpoint, event):
        self.asked.append((endpoint.name, event.number))
        if endpoint.name in self.fails:
            raise self.fails[endpoint.name]
        self.taken.append((endpoint.name, event.number))


@pytest.fixture
def delivery():
    clock, customers = FakeClock(), MemoryCustomers()
    invoices = MemoryInvoices(clock, customers, MemoryEvents(clock), published=list(EVENTS))
    chosen = FakeSettings(settings(webhooks=(BILLING, CRM)))
    return WebhookDelivery(invoices, MemoryDeliveries(), FakeEndpoints(), chosen, clock, FakeTelling())


def kept(delivery, number=1, name="billing-app"):
    return delivery.deliveries.load(name, f"in_1:{number}")


def test_what_is_taken_leaves_no_trace(delivery):
    """Only a count."""
    delivery.run("billing-app/in_1:1")
    assert delivery.endpoints.taken == [("billing-app", 1)]
    assert (delivery.deliveries.kept, delivery.deliveries.health) == ({}, {})
    assert delivery.telling.counts == {"WebhooksDelivered": 1}


def test_what_was_not_taken_is_tried_again_when_its_time_comes(delivery):
    """A message that comes before changes nothing; once it is taken nothing is left of it."""
    delivery.endpoints.fails["billing-app"] = DOWN
    delivery.run("billing-app/in_1:1")
    waits = kept(delivery)
    assert (waits.tries, waits.problem, waits.due_at) == (1, "it answered 503", day(0) + timedelta(minutes=1))
    delivery.run("billing-app/in_1:1")
    assert delivery.endpoints.asked == [("billing-app", 1)]
    delivery.endpoints.fails.clear()
    delivery.clock.at = waits.due_at
    delivery.run("billing-app/in_1:1")
    assert delivery.endpoints.taken == [("billing-app", 1)]
    assert (kept(delivery), delivery.deliveries.of_endpoint("billing-app")) == (None, Health())


def test_an_endpoint_that_fails_three_times_rests_and_holds_up_no_other(delivery):
    """Nothing is sent to it meanwhile; what comes waits, untried, and the other has its events at once."""
    delivery.endpoints.fails["billing-app"] = DOWN
    for number in (1, 2, 3, 4, 5):
        delivery.run(f"billing-app/in_1:{number}")
        delivery.run(f"crm/in_1:{number}")
    asked = [number for name, number in delivery.endpoints.asked if name == "billing-app"]
    assert asked == [1, 2, 3]
    assert [number for _, number in delivery.endpoints.taken] == [1, 2, 3, 4, 5]
    assert (kept(delivery, 5).tries, kept(delivery, 5).due_at) == (0, day(0) + timedelta(minutes=1))


def test_after_a_rest_one_try_tells_how_it_does(delivery):
    """It fails: the rest is twice as long. It is taken: nothing rests any more."""
    delivery.endpoints.fails["billing-app"] = DOWN
    for number in (1, 2, 3, 4):
        delivery.run(f"billing-app/in_1:{number}")
    delivery.clock.at = kept(delivery, 4).due_at
    delivery.run("billing-app/in_1:4")
    delivery.run("billing-app/in_1:5")
    assert kept(delivery, 5).due_at == delivery.clock.at + timedelta(minutes=2)
    delivery.clock.at = kept(delivery, 5).due_at
    delivery.endpoints.fails.clear()
    for number in (1, 2, 3, 4, 5):
        delivery.run(f"billing-app/in_1:{number}")
    assert sorted(number for _, number in delivery.endpoints.taken) == [1, 2, 3, 4, 5]


def test_after_three_days_it_is_given_up_and_people_hear_of_it(delivery):
    """And of an endpoint that takes nothing, from the first hour on."""
    delivery.endpoints.fails["billing-app"] = DOWN
    delivery.run("billing-app/in_1:1")
    while (waits := kept(delivery)).due_at is not None:
        delivery.clock.at = waits.due_at
        delivery.run("billing-app/in_1:1")
    counts = delivery.telling.counts
    assert timedelta(days=2.5) < delivery.clock.at - day(0) <= timedelta(days=3)
    assert (counts["WebhooksGivenUp"], counts["WebhooksFailed"]) == (1, kept(delivery).tries)
    assert 0 < counts["WebhookEndpointsFailing"] < counts["WebhooksFailed"]


def test_what_only_waited_for_three_days_is_given_up_as_well(delivery):
    """Though its endpoint rested whenever its turn came: people hear of it."""
    delivery.endpoints.fails["billing-app"] = DOWN
    for number in (1, 2, 3, 4):
        delivery.run(f"billing-app/in_1:{number}")
    assert kept(delivery, 4).tries == 0
    for hours in (71, 73):
        delivery.clock.at = day(0, hours)
        resting = Health(9, day(0), delivery.clock.at + timedelta(minutes=16))
        delivery.deliveries.keep_health("billing-app", resting)
        delivery.run("billing-app/in_1:4", "then")
    assert (kept(delivery, 4).is_given_up, kept(delivery, 4).tries) == (True, 0)
    assert delivery.telling.counts["WebhooksGivenUp"] == 1


def test_a_message_of_the_index_whose_delivery_was_taken_since_does_nothing(delivery):
    """Dispatched twice, as what waits for long in its queue; nor does one that was given up begin anew."""
    delivery.run("billing-app/in_1:1", "2026-03-02T09:00:00+00:00")
    assert (delivery.endpoints.asked, delivery.deliveries.kept) == ([], {})
    delivery.endpoints.fails["billing-app"] = EndpointFailedError("it answered 410", is_final=True)
    delivery.run("billing-app/in_1:1")
    delivery.run("billing-app/in_1:1", "2026-03-02T09:00:00+00:00")
    assert len(delivery.endpoints.asked) == 1


def test_what_was_given_up_begins_anew_when_it_is_told_again(delivery):
    """It has three days again."""
    delivery.endpoints.fails["billing-app"] = EndpointFailedError("it answered 410", is_final=True)
    delivery.run("billing-app/in_1:1")
    assert kept(delivery).is_given_up
    delivery.clock.at = day(9)
    delivery.endpoints.fails["billing-app"] = DOWN
    delivery.run("billing-app/in_1:1")
    assert (kept(delivery).tries, kept(delivery).begun_at) == (1, day(9))


@pytest.mark.parametrize("told", ["gone/in_1:1", "billing-app/in_1:99", "billing-app/in_9:1"])
def test_what_nobody_waits_for_is_dropped(delivery, told):
    """An endpoint that left the settings; an event that is not kept any more."""
    delivery.run(told)
    assert (delivery.endpoints.asked, delivery.deliveries.kept) == ([], {})


@pytest.mark.parametrize("told", ["nonsense", "billing-app/", "billing-app/in_1", "billing-app/in_1:x"])
def test_a_poison_message_fails(delivery, told):
    """It goes the way of all poison."""
    with pytest.raises(ValueError, match="invalid literal"):
        delivery.run(told)
