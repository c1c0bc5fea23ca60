"""The recorded past of an invoice, as it stood after each failure."""

from dataclasses import replace

from dunwell.domain.backtest import Closing, course_of, is_drawn, is_same_time
from dunwell.domain.invoices import CollectionMethod, Status
from dunwell.domain.payers_word import PayersWord, PickedDay, Promise
from dunwell.domain.payments import Considered, Foresight, Origin, Outcome

from tests.build import attempt, card, day, eur, invoice, own_attempt

OPEN = Closing()
PAID = invoice(
    status=Status.PAID, amount_remaining=eur(0), amount_paid=eur(4900), auto_advance=False, paid_at=day(4)
)


def test_a_course_ends_with_the_retry_that_succeeded():
    """In the order in which they were made, and without calls that reached no bank."""
    refused = own_attempt(1, day(1), charged=False)
    made = [attempt(day(0)), own_attempt(2, day(2)), own_attempt(3, day(4), None)]
    found = course_of(PAID, [made[2], refused, made[0], made[1]], card(), OPEN)
    assert found.made == tuple(made)
    assert found.failures == tuple(made[:2])
    assert found.recovered_at == found.over_at == day(4)
    assert found.ended_at is None


def test_an_invoice_whose_first_attempt_did_not_fail_has_no_course():
    """Nor has one that the customer pays, or one that nobody attempted but its payer."""
    assert course_of(PAID, [attempt(day(0), None)], card(), OPEN) is None
    assert course_of(PAID, [], card(), OPEN) is None
    payers = replace(attempt(day(0)), origin=Origin.PAYER)
    assert course_of(PAID, [payers], card(), OPEN) is None
    sent = replace(PAID, collection_method=CollectionMethod.SEND_INVOICE)
    assert course_of(sent, [attempt(day(0))], card(), OPEN) is None


def test_another_payment_or_another_card_ends_it():
    """The payer's failed try does not; a payment of which no attempt tells ends it when it was paid."""
    payers_try = replace(attempt(day(1)), origin=Origin.PAYER)
    payers = replace(attempt(day(3), None), origin=Origin.PAYER)
    made = (attempt(day(0)), own_attempt(1, day(2)))
    found = course_of(PAID, [*made, payers_try, payers, own_attempt(2, day(3.5))], card(), OPEN)
    assert (found.made, found.ended_at, found.over_at, found.recovered_at) == (made, day(3), day(3), None)
    other = own_attempt(2, day(3), None, method="fp_2/2031-01")
    found = course_of(PAID, [*made, other], card(), OPEN)
    assert (found.made, found.ended_at) == (made, day(3))
    unnamed = own_attempt(2, day(3), None, method=None)
    assert course_of(PAID, [*made, unnamed], card(), OPEN).made == (*made, unnamed)
    assert course_of(PAID, made, card(), OPEN).ended_at == day(4)
    assert course_of(invoice(), made, card(), OPEN).over_at is None


def test_an_attempt_of_which_nobody_knows_the_end_is_no_part_of_it():
    """Nor is what came after it."""
    unknown = own_attempt(1, day(2), outcome=Outcome.PROCESSING)
    found = course_of(invoice(), [attempt(day(0)), unknown, own_attempt(2, day(4))], card(), OPEN)
    assert found.made == (attempt(day(0)),)
    assert found.recovered_at is None


def test_the_invoice_is_told_as_it_was():
    """Open over the attempted amount, on the card of then with the attempts so far; nothing later."""
    told = replace(
        PAID, word=PayersWord(locale="de"), mail_asked_at=day(3), at_rest_since=day(2), rest_ended_at=day(3)
    )
    made = (attempt(day(0)), own_attempt(1, day(2), outcome=Outcome.ACTION_REQUIRED, amount=eur(1200)))
    course = course_of(told, [*made, own_attempt(2, day(4), None)], card(id="pm_then"), OPEN)
    first, second = course.standing(0), course.standing(1)
    assert first.attempts == made[:1]
    assert first.invoice == invoice(read_at=day(0), payment_method=card(id="pm_then", attempted_at=(day(0),)))
    assert second.attempts == made
    assert second.invoice == invoice(
        read_at=day(2),
        amount_paid=eur(3700),
        amount_remaining=eur(1200),
        payment_action_required=True,
        payment_method=card(id="pm_then", attempted_at=(day(0), day(2))),
    )
    more = replace(made[0], amount=eur(9900))
    assert course_of(told, [more], card(), OPEN).standing(0).invoice.amount_due == eur(9900)
    excepted = replace(told, metadata={"dunwell_give_up": "x", "team": "north", "dunwell_collect": "false"})
    assert course_of(excepted, made, card(), OPEN).standing(0).invoice.metadata == {"team": "north"}
    kept_out = replace(invoice(auto_advance=False), status=Status.OPEN)
    assert course_of(kept_out, made, card(), OPEN).standing(0).invoice.auto_advance is False


def test_what_was_chosen_is_told_with_its_propensities():
    """A rule's choice is certain; a time moved from what was drawn has no propensity that is known, nor has
    one that was rounded to nothing."""
    weighed = (Considered(day(2), 0.4, 0.7), Considered(day(3), 0.3, 0.3))
    drawn = own_attempt(1, day(2, 0.5), foresight=Foresight("lessons", weighed))
    ruled = own_attempt(2, day(5), foresight=Foresight("holdout"))
    moved = own_attempt(3, day(9), foresight=Foresight("lessons", weighed))
    rare = own_attempt(4, day(10), foresight=Foresight("lessons", (Considered(day(10), 0.3, 0.0),)))
    course = course_of(invoice(), [attempt(day(0)), drawn, ruled, moved, rare], card(), OPEN)
    assert course.chosen(0) == weighed
    assert course.chosen(1) == (Considered(day(5), 0.0, 1.0),)
    assert course.chosen(2) == ()
    assert course.chosen(3) == ()
    assert course.chosen(4) == ()
    assert replace(course, planned=weighed).chosen(4) == weighed
    assert not is_drawn(weighed, day(3))
    assert not is_drawn((Considered(day(2), 0.4, 0.0),), day(2))


def test_a_time_that_somebody_asked_for_was_no_choice():
    """The payer's day, their promise's end, a try at once, the end of a rest: they tell of money."""
    days = (day(1), day(3), day(5), day(7), day(9))
    word = PayersWord(
        (Promise(day(0.5), day(0).date(), day(0.9), day(1)),),
        PickedDay(day(2), day(3).date(), day(3)),
        retry_asked_at=day(5),
    )
    told = invoice(word=word, rest_ended_at=day(7))
    made = [own_attempt(number, at) for number, at in enumerate(days, start=1)]
    course = course_of(told, [attempt(day(0)), *made], card(), OPEN)
    assert [course.chosen(number) for number in range(4)] == [()] * 4
    assert course.chosen(4) == (Considered(day(9), 0.0, 1.0),)


def test_who_closed_an_invoice_ended_its_course_unless_we_gave_up():
    """By hand, or voided: what would have come after it never could have."""
    made = (attempt(day(0)), own_attempt(1, day(2)))
    void = invoice(status=Status.VOID)
    assert course_of(void, made, card(), Closing(day(3))).over_at == day(3)
    given_up = invoice(status=Status.UNCOLLECTIBLE)
    assert course_of(given_up, made, card(), Closing(day(3))).over_at == day(3)
    assert course_of(given_up, made, card(), Closing(day(3), by_us=True)).over_at is None
    assert course_of(PAID, made, card(), Closing(day(4, 0.1))).over_at == day(4)


def test_times_within_an_hour_of_each_other_are_the_same():
    """Whichever is the earlier one."""
    assert is_same_time(day(2), day(2, 1))
    assert is_same_time(day(2, 1), day(2))
    assert not is_same_time(day(2), day(2, 1.01))
