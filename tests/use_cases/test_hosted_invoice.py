"""The hosted invoice page: what a token opens, and a choice that meets somebody else's write."""

from datetime import timedelta

import pytest
from dunwell.domain.offers import Choice, Problem
from dunwell.errors import ProcessorUnavailableError, StaleFactsError
from dunwell.records import Refused
from dunwell.workers import Worker

from tests.build import day

FORM = {"day": "2026-03-06"}


@pytest.fixture
def token(world):
    world.failing()
    world.comes_to(1)
    return world.pages.issue("in_1")


def word(world):
    return world.invoices.load("in_1").invoice.word


def test_a_token_shows_its_invoice_and_writes_nothing(world, token):
    """`done` is only told back when it names a choice."""
    before = world.invoices.load("in_1")
    view = world.page.show(token, "promise")
    assert view.facts.invoice.id == "in_1"
    assert view.offers.retry
    assert view.done is Choice.PROMISE
    assert world.page.show(token, "<script>").done is None
    assert world.invoices.load("in_1") == before


def test_no_token_no_page(world, token):
    """An unknown one, a revoked one, an old one, and one of an invoice that the processor lost."""
    assert world.page.show("in_1.guessed") is None
    assert world.page.choose("in_1.guessed", "promise", FORM) is None
    assert world.page.choose(token, "no_such_choice", FORM) is None
    known, world.processor.reading = world.processor.reading, None
    before = world.invoices.load("in_1")
    assert world.page.show(token) is None
    assert world.page.choose(token, "promise", FORM) is None
    assert world.invoices.load("in_1") == before, "looking never closes an invoice"
    world.processor.reading = known
    assert world.pages.revoke("in_1") == 1
    assert world.page.show(token) is None
    late = world.pages.issue("in_1")
    world.comes_to(31)
    assert world.page.show(late) is None


def test_a_choice_is_one_more_fact(world, token):
    """Counted for the owner; the decision that follows has read it."""
    view = world.page.choose(token, "promise", FORM)
    assert (view.done, view.refused) == (Choice.PROMISE, None)
    assert word(world).promise.made_at == day(1)
    assert world.invoices.decisions["in_1"].reasons[0].rule == "promised"
    assert world.telling.counts["PayersPromise"] == 1
    assert world.queues.sent == []


def test_what_becomes_due_at_once_is_enqueued_at_once(world, token):
    """The payer waits on the page."""
    world.clock.slow = timedelta(seconds=1)
    assert world.page.choose(token, "retry", {}).done is Choice.RETRY
    assert world.queues.sent == [(Worker.RETRY_EXECUTION, {"invoice_id": "in_1"})]


def test_what_is_not_offered_is_refused(world, token):
    """With the days that would have been right; nothing is written."""
    before = world.invoices.load("in_1")
    refused = world.page.choose(token, "promise", {"day": "2026-04-30"})
    days = refused.offers.promise
    assert refused.refused == Refused(Choice.PROMISE, Problem.DAY, {"day": "2026-04-30"}, days)
    assert world.page.choose(token, "dispute", {"complaint": "wrong"}).refused.problem is Problem.NOTE
    assert world.invoices.load("in_1") == before


def test_whoever_loses_a_race_reads_again(world, token, monkeypatch):
    """The choice is taken down on what is there by then; after five losses the payer is asked to wait."""
    save, lost = world.invoices.save, [1]

    def losing(*args):
        if lost[0]:
            lost[0] -= 1
            raise StaleFactsError("in_1")
        save(*args)

    monkeypatch.setattr(world.invoices, "save", losing)
    assert world.page.choose(token, "promise", FORM).done is Choice.PROMISE
    lost[0] = 99
    again = world.page.choose(token, "language", {"language": "de"})
    assert again.refused.problem is Problem.LATER
    assert word(world).locale is None


def test_a_note_is_counted_as_it_was_typed(world, token):
    """Browsers send two characters for the end of a line and count one."""
    note = "\r\n".join(["x" * 49] * 10)
    refused = world.page.choose(token, "dispute", {"complaint": "wrong", "note": note + "xx"}).refused
    assert (refused.choice, refused.problem) == (Choice.DISPUTE, Problem.NOTE)
    assert refused.form["note"] == note + "xx", "what was typed is given back"
    world.page.choose(token, "dispute", {"complaint": "wrong", "note": note + "x"})
    assert word(world).dispute.note == note.replace("\r\n", "\n") + "x"


def test_unsubscribing_needs_nobody_else(world, token):
    """With the processor down, as often as one likes; another token ends nothing."""
    world.processor.is_down = True
    assert world.page.unsubscribe("in_1.guessed") is None
    assert world.customers.load("cus_1").customer.unsubscribed_at is None
    assert [world.page.unsubscribe(token).customer.id for _ in range(2)] == ["cus_1"] * 2
    assert world.customers.load("cus_1").customer.unsubscribed_at == day(1)
    assert world.page.choose(token, "unsubscribe", {}) is None


def test_while_the_processor_is_down_nothing_is_shown(world, token):
    """The door says when to come back."""
    world.processor.is_down = True
    with pytest.raises(ProcessorUnavailableError):
        world.page.show(token)
    with pytest.raises(ProcessorUnavailableError):
        world.page.choose(token, "promise", FORM)
