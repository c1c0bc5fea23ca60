"""What a customer store promises."""

from dataclasses import replace

import pytest
from dunwell.domain.customers import Feedback, MessageState, Suppression
from dunwell.domain.decision import Decision
from dunwell.errors import StaleFactsError

from tests.build import day
from tests.contracts.given import RECORD, WANTED, facts, saved


def test_a_customer_knows_what_the_invoices_want(stores):
    """Facts and wanted messages come with an invoice's write; an empty wish takes them back."""
    assert stores.customers.load("cus_1") is None
    first = saved(stores)
    file = stores.customers.load("cus_1")
    assert (file.customer.email, file.wanted) == ("ada@customer.example.com", (WANTED,))
    nothing = replace(facts(), version=1, wanted=())
    stores.invoices.save(first, nothing, Decision(None), 1, None)
    assert stores.customers.load("cus_1").wanted == ()


def test_a_message_moves_from_state_to_state_once(stores):
    """Whoever comes second is told that it was not there any more."""
    saved(stores)
    file = stores.customers.load("cus_1")
    stores.customers.save(file, [RECORD], day(2))
    claimed = RECORD.moved(MessageState.CLAIMED, day(2))
    assert stores.customers.move("cus_1", RECORD, claimed)
    assert not stores.customers.move("cus_1", RECORD, claimed)
    assert stores.customers.load("cus_1").customer.record(RECORD.key) == claimed
    with pytest.raises(StaleFactsError):
        stores.customers.save(file, [RECORD], None)


def test_whoever_read_a_record_before_anothers_claim_cannot_move_it(stores):
    """Not even once that claim was given back: the record may say something else by now."""
    saved(stores)
    stores.customers.save(stores.customers.load("cus_1"), [RECORD], day(2))
    claimed = replace(RECORD.moved(MessageState.CLAIMED, day(2)), claimed_by="one")
    given_back = replace(claimed, state=MessageState.PLANNED)
    assert stores.customers.move("cus_1", RECORD, claimed)
    assert stores.customers.move("cus_1", claimed, given_back)
    assert not stores.customers.move("cus_1", RECORD, replace(claimed, claimed_by="other"))
    assert stores.customers.move("cus_1", given_back, replace(claimed, claimed_by="other"))


def test_a_record_that_moved_meanwhile_is_not_overwritten(stores):
    """A mail was sent while somebody decided to hand it over again: that decision is stale."""
    saved(stores)
    stores.customers.save(stores.customers.load("cus_1"), [RECORD], day(2))
    file = stores.customers.load("cus_1")
    sent = RECORD.moved(MessageState.SENT, day(2))
    assert stores.customers.move("cus_1", RECORD, sent)
    with pytest.raises(StaleFactsError):
        stores.customers.save(file, [RECORD.moved(MessageState.PLANNED, day(2))], None)
    assert stores.customers.load("cus_1").customer.record(RECORD.key) == sent


def test_an_address_is_suppressed_once(stores):
    """The newest report on it stays; the invoices' writes do not lose it."""
    first = saved(stores)
    for feedback in (Feedback.BOUNCED, Feedback.COMPLAINED):
        stores.customers.suppress("cus_1", Suppression("ada@customer.example.com", feedback, day(1)))
    saved(stores, first, replace(facts(), version=1, wanted=()))
    (found,) = stores.customers.load("cus_1").customer.suppressed
    assert found.feedback is Feedback.COMPLAINED


def test_unsubscribing_is_kept_through_an_invoices_writes(stores):
    """The last time counts."""
    first = saved(stores)
    assert stores.customers.load("cus_1").customer.unsubscribed_at is None
    for days in (1, 2):
        stores.customers.unsubscribe("cus_1", day(days))
    saved(stores, first, replace(facts(), version=1, wanted=()))
    assert stores.customers.load("cus_1").customer.unsubscribed_at == day(2)
