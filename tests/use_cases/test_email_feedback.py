from dataclasses import replace

import pytest
from dunwell.domain.customers import Feedback, MessageState, WantedMessage
from dunwell.domain.feedback import MailReport
from dunwell.errors import StaleFactsError
from dunwell.records import CustomerFile
from dunwell.use_cases.email_feedback import EmailFeedback
from dunwell.workers import Worker

from sandbox.memory.customers import MemoryCustomers
from tests.build import DAY_0, customer
from tests.domain.test_feedback import RECORD
from tests.fakes import FakeQueues, FakeTelling

BOUNCE = MailReport("cus_1", RECORD.key, DAY_0, Feedback.BOUNCED, permanent=True)


@pytest.fixture
def customers():
    found = MemoryCustomers()
    found.files["cus_1"] = CustomerFile(customer(records=(RECORD,)), (), 1)
    return found


def test_a_report_resolves_what_was_unknown(customers):
    """And is counted, for those who watch."""
    telling = FakeTelling()
    EmailFeedback(lambda told: told, customers, FakeQueues(), telling).run(
        replace(BOUNCE, feedback=Feedback.DELIVERED)
    )
    assert customers.load("cus_1").customer.record(RECORD.key).state is MessageState.SENT
    assert (telling.counts["MailsResolved"], telling.counts["MailsDelivered"]) == (1, 1)


def test_a_bounce_is_a_fact_about_the_address(customers):
    """Told twice it stays one."""
    for _ in range(2):
        EmailFeedback(lambda told: told, customers, FakeQueues(), FakeTelling()).run(BOUNCE)
    (found,) = customers.load("cus_1").customer.suppressed
    assert (found.address, found.feedback) == ("ada@customer.example.com", Feedback.BOUNCED)


@pytest.mark.parametrize("told", [replace(BOUNCE, customer_id="cus_2"), replace(BOUNCE, key="other")])
def test_a_report_on_nothing_of_ours_is_counted_and_ignored(customers, told):
    """Another stack's mail, or a record long gone."""
    telling = FakeTelling()
    EmailFeedback(lambda told: told, customers, FakeQueues(), telling).run(told)
    assert telling.counts == {"MailReportsIgnored": 1}


def test_a_report_that_always_comes_too_late_is_redelivered(customers):
    """Somebody else moves the record each time."""
    customers.move = lambda *_: False
    with pytest.raises(StaleFactsError):
        EmailFeedback(lambda told: told, customers, FakeQueues(), FakeTelling()).run(BOUNCE)


@pytest.mark.parametrize("told", [True, False])
def test_what_a_rejected_statement_told_is_decided_on_again(customers, told):
    """Nobody was told of it; a mail about one invoice leaves nothing to decide."""
    queues = FakeQueues()
    tells = (WantedMessage("in_2:x", RECORD.kind, "in_2", DAY_0, DAY_0),) if told else ()
    customers.files["cus_1"] = CustomerFile(customer(records=(replace(RECORD, tells=tells),)), (), 1)
    for _ in range(2):
        EmailFeedback(lambda told: told, customers, queues, FakeTelling()).run(replace(BOUNCE, feedback=None))
    assert customers.load("cus_1").customer.record(RECORD.key).state is MessageState.SKIPPED
    assert queues.sent == [(Worker.REMINDER_DISPATCH, {"customer_id": "cus_1"})] * (2 if told else 0)
