"""What a page offers: only what would really be done, and nothing where nothing may be done."""

from datetime import date

import pytest
from dunwell.domain.invoices import Status
from dunwell.domain.offers import Days, Offers, offers, picked, promise_by
from dunwell.domain.payers_word import Complaint, Dispute, PayersWord, Promise
from dunwell.domain.payments import Outcome
from dunwell.domain.policies import RetryKind, RetryPolicy, Stop
from dunwell.domain.timing import EvenSpread

from tests.build import attempt, card, customer, day, invoice, own_attempt, sent_invoice, settings

FIRST = attempt(day(0))
PROMISABLE = Days(date(2026, 3, 4), date(2026, 3, 17))


def offered(facts=None, attempts=(FIRST,), now=None, **chosen):
    return offers(facts or invoice(), attempts, customer(), settings(**chosen), EvenSpread(), now or day(1))


def test_on_a_failed_invoice_everything_is_offered():
    """Any day of the policy's two weeks and the day that a late retry may be made on."""
    assert offered() == Offers(
        retry=True,
        pick_day=Days(date(2026, 3, 4), date(2026, 3, 17)),
        promise=PROMISABLE,
        dispute=True,
    )


def test_on_an_invoice_that_is_sent_there_is_no_card_to_try():
    """A promise and a dispute are left."""
    assert offered(sent_invoice(), ()) == Offers(promise=PROMISABLE, dispute=True)


@pytest.mark.parametrize(
    ("facts", "attempts", "chosen"),
    [
        (invoice(status=Status.PAID), (FIRST,), {}),
        (invoice(payment_processing=True), (FIRST,), {}),
        (invoice(), (FIRST, own_attempt(1, day(0, 2), outcome=Outcome.PROCESSING)), {}),
        (invoice(), (FIRST, own_attempt(1, day(0, 2), outcome=Outcome.UNKNOWN)), {}),
        (invoice(processor_next_attempt_at=day(3)), (FIRST,), {}),
        (invoice(), (FIRST,), {"active_since": None}),
        (invoice(word=PayersWord(dispute=Dispute(day(0), Complaint.WRONG, "no"))), (FIRST,), {}),
    ],
)
def test_where_nothing_may_be_done_nothing_is_offered(facts, attempts, chosen):
    """Closed, pending, somebody else's, only observed, disputed already."""
    assert offered(facts, attempts, **chosen) == Offers()


def test_while_a_promise_runs_only_a_dispute_is_offered():
    """It can be broken, not taken back."""
    word = PayersWord((Promise(day(0), date(2026, 3, 6), day(5), day(5)),))
    assert offered(invoice(word=word)) == Offers(dispute=True)


def test_a_third_promise_is_not_offered():
    """Two on one invoice."""
    kept = Promise(day(0), date(2026, 3, 2), day(0, 1), day(0, 1))
    assert offered(invoice(word=PayersWord((kept,)))).promise == PROMISABLE
    assert offered(invoice(word=PayersWord((kept, kept)))).promise is None


@pytest.mark.parametrize(
    ("facts", "attempts", "chosen"),
    [
        (invoice(payment_method=None), (FIRST,), {}),
        (invoice(), (attempt(day(0), "stolen_card"),), {}),
        (invoice(payment_action_required=True), (FIRST,), {}),
        (invoice(), (FIRST,), {"retry": RetryPolicy(RetryKind.OFF)}),
    ],
)
def test_a_card_that_may_not_be_tried_is_not_offered_to_be(facts, attempts, chosen):
    """No method, a hard decline, the payer's own turn, a policy without retries."""
    found = offered(facts, attempts, **chosen)
    assert (found.retry, found.pick_day, found.promise) == (False, None, PROMISABLE)


def test_nothing_is_tried_at_once_within_an_hour_or_while_charging_is_stopped():
    """A day can still be picked."""
    soon = offered(now=day(0, 0.5))
    assert not soon.retry
    assert soon.pick_day is not None
    stopped = offered(stop=Stop(charging=True))
    assert not stopped.retry
    assert stopped.pick_day is not None


def test_a_long_policy_offers_a_month_at_most():
    """The ceiling on days ahead."""
    long = offered(retry=RetryPolicy(RetryKind.EVEN, 8, 60))
    assert long.pick_day == Days(date(2026, 3, 4), date(2026, 4, 3))


def test_days_that_the_network_forbids_end_the_offer():
    """A card whose fifteen attempts lie in the last thirty days cannot be tried tomorrow."""
    worn = card(attempted_at=tuple(day(0, -hour) for hour in range(15)))
    found = offered(invoice(payment_method=worn))
    assert (found.retry, found.pick_day) == (False, None)


def test_a_promise_ends_with_the_customers_own_day():
    """And everything goes on at the send hour of the next one, across a change to summer time."""
    berlin = customer(time_zone="Europe/Berlin")
    told = promise_by(date(2026, 3, 28), berlin, settings(), day(20))
    assert (told.made_at, told.by_date) == (day(20), date(2026, 3, 28))
    assert told.ends_at == day(26, 14)  # midnight in Berlin, still winter time
    assert told.resumes_at == day(26, 22)  # nine o'clock there, in summer time


def test_a_picked_day_begins_at_the_send_hour():
    """In the customer's zone."""
    chosen = picked(date(2026, 3, 5), customer(time_zone="Asia/Tokyo"), settings(), day(1))
    assert (chosen.made_at, chosen.day, chosen.at) == (day(1), date(2026, 3, 5), day(2, 15))


def test_days_know_what_lies_in_them():
    """Both ends included."""
    days = Days(date(2026, 3, 4), date(2026, 3, 6))
    assert [date(2026, 3, n) in days for n in range(3, 8)] == [False, True, True, True, False]


def test_a_dispute_is_made_once():
    """What the owner has answered is not disputed again: the answer would already stand against it."""
    told = Dispute(day(0), Complaint.WRONG, "no")
    answered = invoice(word=PayersWord(dispute=told), metadata={"dunwell_answered": "2026-03-02"})
    found = offered(answered)
    assert not found.dispute
    assert found.retry
    assert found.promise == PROMISABLE
    assert not offered(invoice(metadata={"dunwell_answered": "2026-03-02"})).dispute


def test_without_a_zone_of_their_own_the_owners_counts():
    """For the end of a promise, the morning of a picked day, and which days there are."""
    tokyo = settings(time_zone="Asia/Tokyo")
    told = promise_by(date(2026, 3, 5), customer(), tokyo, day(1))
    assert (told.ends_at, told.resumes_at) == (day(3, 6), day(3, 15))  # 15:00 UTC is midnight there
    assert picked(date(2026, 3, 5), customer(), tokyo, day(1)).at == day(2, 15)
    evening = offered(now=day(1, 9), time_zone="Asia/Tokyo")  # 03:00 of the next day there
    assert evening.pick_day.first == evening.promise.first == date(2026, 3, 5)


def test_the_first_day_that_may_be_picked_is_tomorrow():
    """Where only that one is left of the window it is offered."""
    short = RetryPolicy(RetryKind.EVEN, retries=1, window_days=1)
    assert offered(now=day(0.5), retry=short).pick_day == Days(date(2026, 3, 3), date(2026, 3, 4))
