"""What rests an invoice, pauses by the owner and disputes, and when it goes on."""

from datetime import UTC, datetime, timedelta

import pytest
from dunwell.domain.decision import ActionKind, decide
from dunwell.domain.payers_word import Complaint, Dispute, PayersWord, Promise
from dunwell.domain.policies import PastDueAction, PastDuePolicy, Stop
from dunwell.domain.rests import remembered, resting, went_on
from dunwell.domain.timing import EvenSpread

from tests.build import attempt, customer, day, invoice, own_attempt, rules, sent_invoice, settings

BERLIN = settings(time_zone="Europe/Berlin")
UNTIL_APRIL = {"dunwell_pause_until": "2026-04-01", "dunwell_pause_reason": "moves house"}
FIRST_OF_APRIL = datetime(2026, 3, 31, 22, tzinfo=UTC)  # midnight in Berlin, in summer time


def at_rest(now, facts=None, who=None):
    return resting(facts or invoice(), who or customer(), BERLIN, now)


@pytest.mark.parametrize("whose", ["invoice", "customer"])
def test_a_pause_rests_everything_until_its_day(whose):
    """In the owner's zone, across the change to summer time; then it ends by itself."""
    facts = invoice(metadata=UNTIL_APRIL) if whose == "invoice" else invoice()
    who = customer(metadata=UNTIL_APRIL) if whose == "customer" else customer()
    found = decide(facts, [attempt(day(0))], who, BERLIN, EvenSpread(), day(1))
    assert (found.next_action.kind, found.next_action.at) == (ActionKind.LOOK_AGAIN, day(8))
    assert (found.next_payment_attempt, found.wanted_messages) == (None, ())
    assert rules(found.reasons) == ["paused"]
    assert found.reasons[0].text == f"the owner has paused the {whose} until 2026-04-01: moves house"
    last = decide(facts, [attempt(day(0))], who, BERLIN, EvenSpread(), day(28))
    assert last.next_action.at == FIRST_OF_APRIL
    after = decide(facts, [attempt(day(0))], who, BERLIN, EvenSpread(), FIRST_OF_APRIL)
    assert "paused" not in rules(after.reasons)


def test_a_pause_says_who_made_it():
    """After why; of a pause that tells neither, nothing."""
    by = {**UNTIL_APRIL, "dunwell_pause_by": "ada@owner.example.com"}
    text = "the owner has paused the invoice until 2026-04-01: moves house (ada@owner.example.com)"
    assert at_rest(day(1), invoice(metadata=by)).reason.text == text


def test_the_longest_pause_counts():
    """Of the invoice's and the customer's."""
    facts = invoice(metadata={"dunwell_pause_until": "2026-03-10"})
    found = at_rest(day(1), facts, customer(metadata=UNTIL_APRIL))
    assert found.until == FIRST_OF_APRIL
    assert at_rest(day(1), facts).reason.text == "the owner has paused the invoice until 2026-03-10"


@pytest.mark.parametrize("told", ["1 April", "2026-13-01", "01.04.2026", "soon", "9999-12-31"])
def test_a_day_that_cannot_be_read_pauses_until_it_can(told):
    """Nothing is done against the owner's wish because of a slip; the reason says what would be right."""
    found = at_rest(day(400), invoice(metadata={"dunwell_pause_until": told}))
    assert found is not None
    if found.until is None:
        assert "is no day like 2026-04-01" in found.reason.text
    both = at_rest(day(1), invoice(metadata={"dunwell_pause_until": told}), customer(metadata=UNTIL_APRIL))
    assert both.until is None or both.until > FIRST_OF_APRIL


def test_an_empty_pause_is_none():
    """As Stripe's dashboard leaves it when the value is deleted."""
    assert at_rest(day(1), invoice(metadata={"dunwell_pause_until": ""})) is None


def test_a_dispute_stands_until_the_owner_has_answered_it():
    """On the day that the invoice's metadata names; what was promised before goes on to count."""
    promise = Promise(day(0), day(5).date(), day(5), day(5))
    word = PayersWord((promise,), dispute=Dispute(day(1), Complaint.WRONG, "no"))
    assert at_rest(day(2), invoice(word=word)).reason.rule == "disputed"
    answered = invoice(word=word, metadata={"dunwell_answered": " 2026-03-04 "})
    assert at_rest(day(1), answered).until == datetime(2026, 3, 3, 23, tzinfo=UTC)
    assert at_rest(day(2), answered).reason.rule == "promised"
    assert at_rest(day(6), answered) is None
    early = invoice(word=word, metadata={"dunwell_answered": "2026-03-01"})
    assert at_rest(day(2), early).reason.rule == "promised"
    slip = at_rest(day(6), invoice(word=word, metadata={"dunwell_answered": "true"}))
    assert slip.until is None
    assert "dunwell_answered is no day like 2026-04-01" in slip.reason.text


GIVING_UP = PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, 30)


def gone_on(facts, now, attempts=None, **chosen):
    attempts = (attempt(day(0)),) if attempts is None else attempts
    chosen = settings(time_zone="Europe/Berlin", past_due=GIVING_UP, **chosen)
    return decide(facts, attempts, customer(), chosen, EvenSpread(), now)


def test_after_a_pause_the_card_is_tried_once_though_the_window_is_over():
    """Paused until 20 April, long after two weeks and thirty days past due: tried at nine, not given up at
    night; only when that has failed, and a day has passed, is it given up."""
    paused = invoice(metadata={"dunwell_pause_until": "2026-04-20"})
    midnight, nine = datetime(2026, 4, 19, 22, tzinfo=UTC), datetime(2026, 4, 20, 7, tzinfo=UTC)
    found = gone_on(paused, midnight)
    assert (found.next_action.kind, found.next_payment_attempt) == (ActionKind.ATTEMPT_PAYMENT, nine)
    assert found.planned_retry.reason == "the invoice's pause is over: tried on that morning"
    failed = gone_on(paused, nine, (attempt(day(0)), own_attempt(1, nine)))
    assert failed.next_action.kind is ActionKind.MARK_UNCOLLECTIBLE
    assert failed.next_action.at == nine + timedelta(days=1)


def test_after_an_answered_dispute_it_goes_on():
    """On the morning of the day that the owner named."""
    word = PayersWord(dispute=Dispute(day(1), Complaint.WRONG, "no"))
    answered = invoice(word=word, metadata={"dunwell_answered": "2026-04-20"})
    found = gone_on(answered, datetime(2026, 4, 20, 1, tzinfo=UTC))
    assert found.next_payment_attempt == datetime(2026, 4, 20, 7, tzinfo=UTC)
    assert "has answered the customer's dispute" in found.planned_retry.reason


def test_an_invoice_that_is_sent_is_not_given_up_on_the_night_after_a_promise():
    """The mail about the broken promise comes first, and then a day."""
    word = PayersWord((Promise(day(20), day(34).date(), day(35, -10), day(35)),))
    facts = sent_invoice(due_at=day(1), word=word)
    found = gone_on(facts, day(35, -10), ())
    assert (found.next_action.kind, found.next_action.at) == (ActionKind.MARK_UNCOLLECTIBLE, day(36, -2))


def test_a_rest_that_is_long_over_moves_nothing():
    """One from before the invoice was made, and one that an attempt has followed."""
    old = customer(metadata={"dunwell_pause_until": "2025-12-01"})
    assert went_on(invoice(), old, BERLIN, day(1)) is None
    paused = invoice(metadata={"dunwell_pause_until": "2026-03-04"})
    assert gone_on(paused, day(2)).next_payment_attempt == day(2, -1)
    followed = (attempt(day(0)), own_attempt(1, day(2)))
    assert gone_on(paused, day(2, 1), followed).next_payment_attempt == day(4)


def test_a_dispute_comes_before_a_pause_and_a_pause_before_a_promise():
    """The first that applies is the reason."""
    promise = Promise(day(0), day(50).date(), day(50), day(50))
    paused = {"metadata": UNTIL_APRIL}
    assert at_rest(day(2), invoice(word=PayersWord((promise,)), **paused)).reason.rule == "paused"
    disputed = PayersWord((promise,), dispute=Dispute(day(1), Complaint.WRONG, "no"))
    assert at_rest(day(2), invoice(word=disputed, **paused)).reason.rule == "disputed"


def looked_at(facts, now, before=None):
    return remembered(facts, before, customer(), BERLIN, now)


@pytest.mark.parametrize("metadata", [{}, {"dunwell_pause_until": ""}, {"dunwell_pause_until": "2026-03-03"}])
def test_a_pause_that_the_owner_ends_is_over_at_the_look_that_finds_it_gone(metadata):
    """Deleted, emptied, or moved into the past on day 50: tried in the next send hour, not given up."""
    paused = looked_at(invoice(metadata=UNTIL_APRIL), day(1))
    assert (paused.at_rest_since, paused.rest_ended_at) == (day(1), None)
    now = day(50)
    ended = looked_at(invoice(metadata=metadata), now, paused)
    assert (ended.at_rest_since, ended.rest_ended_at) == (None, now)
    again = looked_at(invoice(metadata=metadata), day(51), ended)
    assert again.rest_ended_at == now
    assert gone_on(ended, now).next_payment_attempt == now


def test_a_dispute_answered_for_a_day_long_past_is_over_now():
    """The owner writes down when they answered, three days later."""
    word = PayersWord(dispute=Dispute(day(1), Complaint.WRONG, "no"))
    disputed = looked_at(invoice(word=word), day(2))
    answered = invoice(word=word, metadata={"dunwell_answered": "2026-04-18"})
    found = looked_at(answered, day(50), disputed)
    assert found.rest_ended_at == day(50)
    assert gone_on(found, day(50)).next_payment_attempt == day(50)


def test_the_try_after_a_rest_waits_as_long_as_charging_is_stopped():
    """Days later it is made all the same; until then nothing is given up."""
    paused = invoice(metadata={"dunwell_pause_until": "2026-04-20"})
    found = gone_on(paused, day(60), stop=Stop(charging=True))
    assert found.next_action.kind is not ActionKind.MARK_UNCOLLECTIBLE
    released = gone_on(paused, day(60))
    assert (released.next_action.kind, released.next_payment_attempt) == (
        ActionKind.ATTEMPT_PAYMENT,
        day(49, -2),
    )


def test_a_pause_that_its_owner_ends_within_a_day_changes_no_plan():
    """It was a slip: the retry stays where it was."""
    paused = looked_at(invoice(metadata=UNTIL_APRIL), day(1))
    still = looked_at(invoice(metadata=UNTIL_APRIL), day(1, 12), paused)
    assert still.at_rest_since == day(1)
    ended = looked_at(invoice(), day(1, 13), still)
    assert (ended.at_rest_since, ended.rest_ended_at) == (None, None)
    assert gone_on(ended, day(1, 13)).next_payment_attempt == day(2)


def test_a_dispute_says_what_is_missing_and_what_ended_it():
    """Before its owner answered, with a slip in the answer, and once they have."""
    word = PayersWord(dispute=Dispute(day(1), Complaint.ALREADY_PAID, "no"))
    plain = "the customer says: already paid; nothing is done until the owner has answered"
    assert at_rest(day(2), invoice(word=word)).reason.text == plain
    slip = invoice(word=word, metadata={"dunwell_answered": "soon"})
    told = f"{plain}, and dunwell_answered is no day like 2026-04-01"
    assert at_rest(day(2), slip).reason.text == told
    answered = invoice(word=word, metadata={"dunwell_answered": "2026-03-05"})
    reasons = gone_on(answered, day(3)).reasons
    assert "the owner has answered the customer's dispute: tried on that morning" in [r.text for r in reasons]


def test_a_pause_of_just_a_day_counts():
    """A second less does not."""
    paused = looked_at(invoice(metadata=UNTIL_APRIL), day(1))
    assert looked_at(invoice(), day(2), paused).rest_ended_at == day(2)
    assert looked_at(invoice(), day(2) - timedelta(seconds=1), paused).rest_ended_at is None
