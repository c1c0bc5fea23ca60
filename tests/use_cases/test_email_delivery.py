from datetime import timedelta

import pytest
from dunwell.domain.customers import MessageState
from dunwell.domain.invoices import Status
from dunwell.errors import MailOutcomeUnknownError, MailRefusedError, MailUnavailableError

from tests.build import sent_invoice


def test_a_mail_is_sent_once_however_often_its_message_comes(world):
    """The record says that it is sent."""
    world.handed_over()
    for _ in range(3):
        world.deliver()
    assert len(world.mailer.sent) == 1
    assert (world.record().state, world.record().ses_message_id) == (MessageState.SENT, "ses-1")


@pytest.mark.parametrize(
    ("error", "state", "raised"),
    [
        (MailRefusedError("MessageRejected"), MessageState.SKIPPED, None),
        (MailOutcomeUnknownError("no answer"), MessageState.UNKNOWN, None),
        (MailUnavailableError("Throttling"), MessageState.PLANNED, MailUnavailableError),
    ],
)
def test_three_failures_of_a_mail_have_three_answers(world, error, state, raised):
    """Refused for good; never sent again; tried again by the queue."""
    world.handed_over()
    world.mailer.error = error
    if raised:
        with pytest.raises(raised):
            world.deliver()
    else:
        world.deliver()
    assert world.record().state is state


def test_a_mail_is_not_sent_on_old_knowledge(world):
    """Composing took too long: it stays planned, and the queue brings it back."""
    world.handed_over()
    world.clock.slow = timedelta(seconds=3)
    with pytest.raises(MailUnavailableError):
        world.deliver()
    assert world.mailer.sent == []
    assert world.record().state is MessageState.PLANNED


def test_a_claim_that_seems_lost_but_is_ours_goes_on(world):
    """The SDK repeated a write whose answer was lost; the record bears our own token."""
    world.handed_over()
    move = world.customers.move

    def loses_its_answer(customer_id, key, from_states, record):
        done = move(customer_id, key, from_states, record)
        return done if record.state is not MessageState.CLAIMED else False

    world.customers.move = loses_its_answer
    world.deliver()
    assert len(world.mailer.sent) == 1


def test_a_paid_invoices_mail_is_not_sent(world):
    """The record keeps why."""
    world.handed_over()
    world.says(sent_invoice(status=Status.PAID))
    world.deliver()
    assert world.record().state is MessageState.SKIPPED
    assert "the invoice is paid" in world.record().reason


def test_whoever_unsubscribes_before_it_leaves_does_not_get_it(world):
    """A mail that only helps."""
    world.handed_over()
    world.deliver()
    world.comes_to(11)
    world.remind()
    world.customers.unsubscribe("cus_1", world.clock.at)
    world.deliver("in_1:reminder:-3")
    record = world.record("in_1:reminder:-3")
    assert (record.state, len(world.mailer.sent)) == (MessageState.SKIPPED, 1)
    assert record.reason.startswith("unsubscribed")


def test_an_invoice_that_the_processor_lost_is_only_looked_at(world):
    """Its mail is skipped; closing it is for those who may write it."""
    world.handed_over()
    before, world.processor.reading = world.invoices.load("in_1"), None
    world.deliver()
    assert world.record().state is MessageState.SKIPPED
    assert world.invoices.load("in_1") == before
