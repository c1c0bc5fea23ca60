"""Both kinds of stores: those in memory, and DynamoDB's adapters over the deployed tables."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from dunwell.bootstrap import Application

from sandbox.memory.agenda import MemoryAgenda, MemoryAttemptRate
from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.deliveries import MemoryDeliveries
from sandbox.memory.events import MemoryEvents
from sandbox.memory.invoices import MemoryInvoices
from sandbox.memory.pages import MemoryPages
from sandbox.memory.payments import MemoryLessons
from sandbox.memory.tallies import MemoryTallies
from sandbox.stack import open_sandbox
from tests.build import DAY_0
from tests.contracts.given import Stores
from tests.fakes import FakeClock


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request):
    """Both kinds, on a clock that stands at day 0 and can be put forward."""
    with in_memory() if request.param == "memory" else in_dynamodb() as found:
        yield found


@contextmanager
def in_memory():
    clock = FakeClock()
    customers, events, deliveries = MemoryCustomers(), MemoryEvents(clock), MemoryDeliveries()
    invoices = MemoryInvoices(clock, customers, events)

    def forward(hours):
        clock.at += timedelta(hours=hours)

    yield Stores(
        invoices,
        customers,
        events,
        MemoryAttemptRate(),
        MemoryAgenda(invoices, customers, deliveries),
        invoices.payments,
        MemoryLessons(),
        MemoryPages(clock),
        deliveries,
        MemoryTallies(),
        forward,
    )


@contextmanager
def in_dynamodb():
    """All that some function or other has."""
    with open_sandbox(DAY_0) as sandbox:
        names = {}
        for function in sandbox.functions.names():
            names |= sandbox.functions.environment(function)
        made = Application(names)
        yield Stores(
            made.invoices,
            made.customers,
            made.events,
            made.rate,
            made.agenda,
            made.payments,
            made.lessons,
            made.pages,
            made.deliveries,
            made.tallies,
            lambda hours: sandbox.driver.clock.shift(timedelta(hours=hours)),
        )
