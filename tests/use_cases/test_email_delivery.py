from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from dunwell.domain.customers import MessageState
from dunwell.domain.invoices import Status
from dunwell.errors import (
    MailOutcomeUnknownError,
    MailRefusedError,
    MailUnavailableError,
    ProcessorUnavailableError,
)
from dunwell.records import Reading

from tests.build import customer, sent_invoice


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


def test_a_processor_that_answers_late_does_not_make_old_words_young(world, monkeypatch):
    """What the payer said meanwhile is not yet in what was read before it answered."""
    world.handed_over()
    answer = world.processor.read_invoice

    def late(invoice_id):
        world.clock.at += timedelta(seconds=6)
        return answer(invoice_id)

    monkeypatch.setattr(world.processor, "read_invoice", late)
    with pytest.raises(MailUnavailableError):
        world.deliver()
    assert world.mailer.sent == []


def test_a_claim_that_seems_lost_but_is_ours_goes_on(world):
    """The SDK repeated a write whose answer was lost; the record bears our own token."""
    world.handed_over()
    move = world.customers.move

    def loses_its_answer(customer_id, before, after):
        done = move(customer_id, before, after)
        return done if after.state is not MessageState.CLAIMED else False

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


@pytest.fixture
def statement(world):
    """Three overdue invoices, whose reminders of day 17 are handed over as one mail: their readings."""
    readings = {f"in_{n}": Reading(sent_invoice(id=f"in_{n}"), (), customer()) for n in (1, 2, 3)}

    def read(invoice_id):
        if invoice_id not in readings:
            raise ProcessorUnavailableError("500")
        world.clock.at += timedelta(seconds=readings.get("takes", 0))
        found = readings[invoice_id]
        return replace(found, invoice=replace(found.invoice, read_at=world.clock.now()))

    world.processor.read_invoice = read
    for invoice_id in readings:
        world.book.update(partial(world.book.look, invoice_id))
    world.comes_to(17)
    world.remind()
    return readings


LEAD = "in_1:reminder:+3"


def told(world):
    record = world.record(LEAD)
    return record.state, [one.invoice_id for one in record.tells]


def test_a_statement_is_sent_once_and_settles_all_that_it_tells(world, statement):
    """None of the others has a mail of its own."""
    world.deliver(LEAD)
    (mail,) = world.mailer.sent
    assert mail.subject.startswith("3 open invoices")
    assert told(world) == (MessageState.SENT, ["in_2", "in_3"])
    world.comes_to(18)
    world.remind()
    world.deliver(LEAD)
    assert len(world.mailer.sent) == 1


def test_a_statement_tells_only_what_is_still_right(world, statement):
    """One was paid, one belongs to another reader now: what is left is a mail about one invoice."""
    statement["in_2"] = Reading(sent_invoice(id="in_2", status=Status.PAID), (), customer())
    statement["in_3"] = Reading(sent_invoice(id="in_3"), (), customer(email="eve@customer.example.com"))
    world.deliver(LEAD)
    assert told(world) == (MessageState.SENT, [])
    assert world.mailer.sent[0].subject == "Overdue: invoice R-00001"
    world.clock.at += timedelta(minutes=15)
    world.remind()
    again = world.record("in_2:reminder:+3")
    assert [one.invoice_id for one in again.tells] == ["in_3"], "what was not told is decided on again"


def test_a_statement_tells_no_more_than_could_be_read_in_time(world, statement):
    """All within five seconds of the first question; the rest has a mail of its own later."""
    statement["takes"] = 2
    world.deliver(LEAD)
    state, others = told(world)
    assert (state, len(others)) == (MessageState.SENT, 1)


def test_a_statement_that_cannot_leave_now_lets_go_of_what_it_did_not_tell(world, statement):
    """Else a mail about it might leave twice."""
    statement["in_2"] = Reading(sent_invoice(id="in_2", status=Status.PAID), (), customer())
    world.mailer.error = MailUnavailableError("Throttling")
    with pytest.raises(MailUnavailableError):
        world.deliver(LEAD)
    assert told(world) == (MessageState.PLANNED, ["in_3"])


def test_a_payment_on_its_way_holds_up_its_own_mail_alone(world, statement):
    """What the statement was to tell besides is decided on again, and goes."""
    statement["in_1"] = Reading(sent_invoice(id="in_1", payment_processing=True), (), customer())
    world.deliver(LEAD)
    assert told(world) == (MessageState.PLANNED, [])
    world.clock.at += timedelta(minutes=15)
    world.remind()
    world.deliver("in_2:reminder:+3")
    assert world.mailer.sent[0].subject.startswith("2 open invoices")


def test_an_invoice_that_cannot_be_read_holds_up_no_other(world, statement):
    """It is left out, and decided on again."""
    del statement["in_2"]
    world.deliver(LEAD)
    assert told(world) == (MessageState.SENT, ["in_3"])


def test_a_statement_whose_first_invoice_was_paid_is_decided_on_again(world, statement):
    """It is skipped, and the others come together again."""
    statement["in_1"] = Reading(sent_invoice(id="in_1", status=Status.PAID), (), customer())
    world.deliver(LEAD)
    assert told(world)[0] is MessageState.SKIPPED
    world.clock.at += timedelta(minutes=15)
    world.remind()
    again = world.record("in_2:reminder:+3")
    assert (again.state, [one.invoice_id for one in again.tells]) == (MessageState.PLANNED, ["in_3"])
