"""What an invoice store promises."""

from dataclasses import replace
from datetime import timedelta

import pytest
from dunwell.domain.announcements import Announced, EventType
from dunwell.domain.decision import ActionKind, Decision
from dunwell.domain.invoices import Status
from dunwell.domain.money import Money
from dunwell.domain.payments import Outcome
from dunwell.errors import StaleFactsError
from dunwell.records import CardUse, FinalActionRecord, PublishedEvent, card_key, glance_at

from tests.build import DAY_0, attempt, day, eur, own_attempt
from tests.contracts.given import DECISION, WANTED, facts, saved


def test_what_is_saved_can_be_loaded(stores):
    """Invoice, attempts and wanted messages, as they were; the version grows by one."""
    assert stores.invoices.load("in_1") is None
    found = saved(stores)
    assert found.invoice == facts().invoice
    assert set(found.attempts) == set(facts().attempts)
    assert (found.wanted, found.version) == ((WANTED,), 1)
    assert saved(stores, found, replace(facts(), version=1)).version == 2


def test_who_was_slower_is_told(stores):
    """A second first write, and a write on an old version."""
    first = saved(stores)
    with pytest.raises(StaleFactsError):
        saved(stores)
    saved(stores, first, replace(facts(), version=1))
    with pytest.raises(StaleFactsError):
        saved(stores, first, replace(facts(), version=1))


def test_an_attempt_told_otherwise_replaces_what_was_known(stores):
    """A foreign charge that turned out to be ours is kept once."""
    first = saved(stores)
    ours = replace(own_attempt(1, day(1)), charge_id="ch_9")
    found = saved(stores, first, replace(facts(), version=1, attempts=(ours,)))
    assert found.attempts == (ours,)


def test_attempts_on_a_card_are_known_over_all_invoices(stores):
    """Since an instant; each once, however often it is saved."""
    first = saved(stores)
    saved(stores, first, replace(facts(), version=1))
    other = replace(facts().invoice, id="in_2")
    stores.invoices.save(None, replace(facts(), invoice=other), DECISION, 1, None)
    card = card_key(attempt(day(0)).method)
    assert len(stores.invoices.load_card(card, day(-1)).attempted_at) == 4
    assert set(stores.invoices.load_card(card, day(0.5)).attempted_at.values()) == {day(1)}
    assert stores.invoices.load_card("nobody", day(-1)) == CardUse({})


def test_two_invoices_never_begin_an_attempt_on_one_card_at_once(stores):
    """Who has not seen the other's reads again; what is known of an attempt later claims nothing."""
    begun = own_attempt(1, day(1), outcome=Outcome.UNKNOWN)
    card = card_key(begun.method)
    one = replace(facts(), attempts=(begun,))
    two = replace(one, invoice=replace(one.invoice, id="in_2"))
    stores.invoices.save(None, one, DECISION, 1, None)
    assert stores.invoices.load_card(card, day(-1)) == CardUse({"in_1#dunwell-001": day(1)}, 1)
    with pytest.raises(StaleFactsError):
        stores.invoices.save(None, two, DECISION, 1, None)
    stores.invoices.save(None, replace(two, card_claims=1), DECISION, 1, None)
    known = stores.invoices.load("in_1")
    told = replace(known, customer=one.customer, attempts=(own_attempt(1, day(1)),))
    stores.invoices.save(known, told, DECISION, 1, None)
    assert stores.invoices.load_card(card, day(-1)).claims == 2


def test_an_attempt_that_turned_out_otherwise_is_no_longer_counted_on_its_card(stores):
    """A foreign charge that was ours counts once; a call that never reached a bank not at all."""
    card = card_key(attempt(day(0)).method)
    first = saved(stores)
    ours = own_attempt(1, day(1))
    second = saved(stores, first, replace(facts(), version=1, attempts=(ours,)))
    assert list(stores.invoices.load_card(card, day(-1)).attempted_at.values()) == [day(1)]
    saved(stores, second, replace(facts(), version=2, attempts=(replace(ours, charged=False),)))
    assert stores.invoices.load_card(card, day(-1)).attempted_at == {}


def test_open_invoices_are_found_by_their_customer(stores):
    """Closed ones are not."""
    saved(stores)
    paid = replace(facts().invoice, id="in_2", status=Status.PAID)
    stores.invoices.save(None, replace(facts(), invoice=paid), Decision(None), 1, None)
    assert list(stores.invoices.ids_of_customer("cus_1")) == ["in_1"]
    assert list(stores.invoices.ids_of_customer("cus_2")) == []


def test_a_final_action_keeps_its_key_for_hours_and_is_begun_three_times_at_most(stores):
    """The same record for eleven hours, after twelve more another with a new key, in the end none."""
    found = saved(stores)
    began = DAY_0

    def begin(hours):
        nonlocal began
        stores.forward(hours)
        began += timedelta(hours=hours)
        record = FinalActionRecord(str(ActionKind.CREDIT_SHORTFALL), "key", began, eur(50))
        return stores.invoices.begin_final_action(stores.invoices.load("in_1"), record)

    for number in (1, 2, 3):
        first = begin(1)
        assert first.idempotency_key == f"key-{number}"
        assert first.amount == Money(50, "eur")
        assert begin(11) == first
        assert begin(1) is None
        assert begin(11) is None
    assert begin(1) is None
    assert stores.invoices.load("in_1").version > found.version


def test_an_attempt_that_was_asked_for_again_counts_from_then_on(stores):
    """Its charge may have been made as late as that; it stays one attempt."""
    begun = own_attempt(1, day(1), outcome=Outcome.UNKNOWN)
    card = card_key(begun.method)
    first = saved(stores, None, replace(facts(), attempts=(begun,)))
    asked = replace(begun, asked=1, asked_at=day(1.5))
    saved(stores, first, replace(facts(), version=1, attempts=(asked,)))
    assert list(stores.invoices.load_card(card, day(-1)).attempted_at.values()) == [day(1.5)]


def test_a_final_action_on_old_facts_is_refused(stores):
    """A retry may have begun meanwhile."""
    first = saved(stores)
    saved(stores, first, replace(facts(), version=1))
    with pytest.raises(StaleFactsError):
        stores.invoices.begin_final_action(first, FinalActionRecord("mark", "key", DAY_0))


def test_a_glance_shows_what_is_stored(stores):
    """Of those that are known."""
    saved(stores)
    assert stores.invoices.glances(["in_1", "in_2"]) == {"in_1": glance_at(facts().invoice)}


def test_an_attempt_of_another_card_is_counted_on_that_card_alone(stores):
    """The processor tells which card was charged: the one that it was first held to be is free of it."""
    first = saved(stores)
    (known, ours) = facts().attempts
    other = f"another-{known.method}"
    told = replace(facts(), version=1, attempts=(replace(known, method=other), ours))
    saved(stores, first, told)
    assert list(stores.invoices.load_card(card_key(known.method), day(-1)).attempted_at.values()) == [day(1)]
    assert list(stores.invoices.load_card(card_key(other), day(-1)).attempted_at.values()) == [day(0)]


def test_what_is_announced_is_kept_with_the_facts(stores):
    """With a write, and by itself: then all else stays as it is, and who read before must read again."""
    told = PublishedEvent("in_1", 1, EventType.PAYMENT_FAILED, DAY_0, {"invoice_id": "in_1"})
    first = saved(stores, after=facts(announced=Announced(1), news=(told,)))
    assert (first.announced, first.news) == (Announced(1), ())
    more = Announced(2, ("sent in_1:reminder:+0",))
    stores.invoices.announce(first, replace(first, announced=more, news=(replace(told, number=2),)))
    second = stores.invoices.load("in_1")
    assert replace(second, announced=first.announced, version=first.version) == first
    assert (second.announced, second.version) == (more, first.version + 1)
    for stale in (stores.invoices.announce, lambda b, a: stores.invoices.save(b, a, DECISION, 1, None)):
        with pytest.raises(StaleFactsError):
            stale(first, first)
    assert stores.invoices.load("in_1") == second
