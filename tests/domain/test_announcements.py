"""What others are told of an invoice: each change once, in the order in which it came about."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from dunwell.domain.announcements import (
    FAILURES_MAX,
    HORIZON,
    SPREAD,
    Announced,
    Announcement,
    EventType,
    news,
    next_occasion_at,
)
from dunwell.domain.days import at_local
from dunwell.domain.decision import ActionKind, decide
from dunwell.domain.invoices import Status
from dunwell.domain.payers_word import Complaint, Dispute, PayersWord, Promise
from dunwell.domain.payments import Origin, Outcome
from dunwell.domain.timing import EvenSpread

from tests.build import attempt, customer, day, eur, invoice, own_attempt, sent_invoice, settings

NEW = Announced()
BERLIN = "Europe/Berlin"
DUE = date(2026, 3, 16)
AT = "2026-03-16 09:00"
SENT = sent_invoice()


def told(before, facts, attempts=(), announced=NEW, now=None, zone="UTC"):
    """The types of what is announced, with what is announced then."""
    found, after = news(before, facts, attempts, announced, zone, now or day(0))
    return [one.type for one in found], found, after


def test_an_attempt_that_failed_is_told_with_its_number():
    """Once: not again at the next look, and not while its outcome is unknown."""
    first, second = attempt(day(0)), own_attempt(1, day(2), "do_not_honor")
    unknown = replace(second, outcome=Outcome.UNKNOWN, failure=None, charge_id=None)
    types, _, after = told((invoice(), [first]), invoice(), [first, unknown])
    assert (types, after) == ([], NEW)
    types, found, after = told((invoice(), [first, unknown]), invoice(), [second, first])
    assert types == [EventType.PAYMENT_FAILED]
    assert found[0].details == {
        "attempt_count": 2,
        "attempt_id": "dunwell-001",
        "attempted_at": "2026-03-04T09:00:00+00:00",
        "attempted_by": "dunwell",
        "decline_code": "do_not_honor",
    }
    assert after == Announced(1)
    assert told((invoice(), [first, second]), invoice(), [first, second])[0] == []


def test_what_a_payer_said_before_it_was_first_heard_of_is_told():
    """Each promise, in its order."""
    promises = [Promise(day(n), date(2026, 3, 4 + n), day(n + 2), day(n + 2.4)) for n in (0, 5)]
    _, found, _ = told(None, replace(SENT, word=PayersWord(tuple(promises))), now=day(5))
    made = [one.details for one in found if one.type is EventType.PROMISE_MADE]
    assert made == [{"by_date": "2026-03-04"}, {"by_date": "2026-03-09"}]


def test_an_attempt_that_turns_out_to_be_ours_is_not_told_again():
    """By its charge: heard of as a foreign one first, or before its charge was known."""
    foreign = attempt(day(2), id="ch_9", charge_id="ch_9")
    ours = own_attempt(1, day(2), charge_id="ch_9")
    assert told((invoice(), [foreign]), invoice(), [ours])[0] == []
    bare = replace(ours, charge_id=None)
    assert told((invoice(), [bare]), invoice(), [ours])[0] == []
    assert told((invoice(), [bare]), invoice(), [bare])[0] == []


def test_what_the_payer_must_confirm_has_a_type_of_its_own():
    """And a failure that follows on it is one more change."""
    asked = attempt(day(0), "authentication_required", outcome=Outcome.ACTION_REQUIRED)
    assert told(None, invoice(), [asked])[0] == [EventType.PAYMENT_ACTION_REQUIRED]
    failed = replace(asked, outcome=Outcome.DECLINED)
    assert told((invoice(), [asked]), invoice(), [failed])[0] == [EventType.PAYMENT_FAILED]
    silent = replace(failed, failure=None)
    assert told((invoice(), []), invoice(), [silent])[1][0].details["decline_code"] is None


def test_the_payers_own_tries_and_refused_calls_are_no_failures():
    """They count nowhere else either."""
    payers = attempt(day(0), origin=Origin.PAYER)
    refused = own_attempt(1, day(1), charged=False)
    assert told((invoice(), []), invoice(), [payers, refused])[0] == []


def test_of_an_invoice_that_is_first_heard_of_only_the_last_failure_is_told():
    """What came before is no news; one that is known has each told."""
    made = [attempt(day(0)), own_attempt(1, day(2)), own_attempt(2, day(4))]
    types, found, after = told(None, invoice(), made, now=day(5))
    assert (types, found[0].details["attempt_count"], after.count) == ([EventType.PAYMENT_FAILED], 3, 1)
    assert told((invoice(), []), invoice(), made, now=day(5))[2].count == 3


def test_what_happened_long_before_it_was_heard_of_is_no_news():
    """An installation tells nobody of last year's invoices; one that is known has all told."""
    made = [attempt(day(0))]
    paid = invoice(status=Status.PAID, amount_remaining=eur(0), paid_at=day(1))
    assert told(None, invoice(), made, now=day(0) + HORIZON)[0] == [EventType.PAYMENT_FAILED]
    late = day(0) + HORIZON + timedelta(seconds=1)
    assert told(None, invoice(), made, now=late)[0] == []
    assert told((invoice(), []), invoice(), made, now=late)[0] == [EventType.PAYMENT_FAILED]
    assert told(None, paid, made, now=day(1) + HORIZON)[0] == [EventType.PAID]
    assert told(None, paid, made, now=day(1) + HORIZON + timedelta(seconds=1))[0] == []
    assert told((invoice(), made), paid, made, now=day(99))[0] == [EventType.PAID]
    void = invoice(status=Status.VOID, finalized_at=None, created_at=day(3))
    assert told(None, void, now=day(3) + HORIZON)[0] == [EventType.VOIDED]
    assert told(None, void, now=day(3) + HORIZON + timedelta(seconds=1))[0] == []


def test_of_very_many_failures_at_once_the_last_ones_are_told():
    """A write has room for so many; their numbers say how many there were."""
    made = [attempt(day(0) + timedelta(hours=n)) for n in range(FAILURES_MAX + 5)]
    found = told((invoice(), []), invoice(), made, now=day(5))[1]
    assert [one.details["attempt_count"] for one in found] == list(range(6, FAILURES_MAX + 6))


@pytest.mark.parametrize(
    ("attempts", "by", "recovered"),
    [
        ([attempt(day(0)), own_attempt(1, day(2), None)], "dunwell", True),
        ([own_attempt(1, day(0), None)], "dunwell", False),
        ([attempt(day(0), None)], "processor", False),
        ([attempt(day(0)), attempt(day(1), None, origin=Origin.PAYER)], "payer", False),
        ([attempt(day(0), None, id="b"), attempt(day(0), None, id="c", origin=Origin.PAYER)], "payer", False),
        ([], None, False),
    ],
)
def test_a_paid_invoice_says_who_paid_it(attempts, by, recovered):
    """A retry of ours has recovered it; a first attempt has not."""
    paid = invoice(status=Status.PAID, amount_remaining=eur(0), paid_at=day(2))
    types, found, _ = told((invoice(), attempts), paid, attempts)
    assert types == [EventType.PAID]
    assert found[0].details == {
        "paid_at": "2026-03-04T09:00:00+00:00",
        "paid_by": by,
        "recovered_by_retry": recovered,
    }
    assert told((paid, attempts), paid, attempts)[0] == []
    assert told(None, replace(paid, paid_at=None), attempts)[1][-1].details["paid_at"] is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [(Status.VOID, EventType.VOIDED), (Status.UNCOLLECTIBLE, EventType.MARKED_UNCOLLECTIBLE)],
)
def test_a_closed_invoice_is_told_by_how_it_was_closed(status, kind):
    """Once; a draft or an open one is not."""
    closed = invoice(status=status)
    assert told((invoice(), []), closed)[1] == [Announcement(kind)]
    assert told(None, closed)[0] == [kind]
    assert told((closed, []), closed)[0] == []
    assert told((invoice(status=Status.DRAFT), []), invoice())[0] == []
    assert told(None, invoice())[0] == []


def test_what_is_sent_will_be_due_and_is_overdue():
    """Three days before and the day after, within six hours of midnight in the owner's zone; each once."""
    before, after = (next_occasion_at(SENT, BERLIN, now) for now in (day(0), day(13)))
    assert at_local(date(2026, 3, 13), 0, BERLIN) <= before < at_local(date(2026, 3, 13), 0, BERLIN) + SPREAD
    assert after - before == timedelta(days=4)
    assert next_occasion_at(SENT, BERLIN, after) is None
    early = told((SENT, []), SENT, now=before - timedelta(seconds=1), zone=BERLIN)
    assert early[0] == []
    types, found, announced = told((SENT, []), SENT, now=before, zone=BERLIN)
    assert (types, found[0].details) == ([EventType.WILL_BE_DUE], {"due_date": f"{DUE}"})
    assert announced == Announced(1, (f"will_be_due {AT}",))
    assert told((SENT, []), SENT, announced=announced, now=after - timedelta(seconds=1), zone=BERLIN)[0] == []
    types, found, announced = told((SENT, []), SENT, announced=announced, now=after, zone=BERLIN)
    assert (types, found[0].details) == ([EventType.OVERDUE], {"due_date": f"{DUE}"})
    assert announced == Announced(2, (f"overdue {AT}", f"will_be_due {AT}"))
    assert told((SENT, []), SENT, announced=announced, now=day(90), zone=BERLIN)[0] == []


def test_another_due_date_is_another_occasion_and_what_is_due_will_not_be():
    """An invoice that is first heard of when it is due, or later, skips what has passed."""
    later = replace(SENT, due_at=day(24))
    announced = Announced(2, (f"overdue {AT}", f"will_be_due {AT}"))
    assert told((SENT, []), later, announced=announced, now=day(22))[0] == [EventType.WILL_BE_DUE]
    assert told(None, SENT, now=day(14))[0] == []
    assert told(None, SENT, now=day(21))[0] == [EventType.OVERDUE]


def test_what_was_overdue_for_long_is_no_news_but_is_taken_as_told():
    """An upgrade does not announce every invoice that is overdue; nor does it later."""
    types, _, after = told((SENT, []), SENT, now=day(60))
    assert (types, after) == ([], Announced(0, (f"overdue {AT}",)))


def test_another_zone_of_the_owner_announces_nothing_again():
    """The due date that is told may move by a day; the instant that was told of does not."""
    _, found, announced = told((SENT, []), SENT, now=day(12), zone="Pacific/Kiritimati")
    assert announced.occasions == (f"will_be_due {AT}",)
    assert found[0].details == {"due_date": "2026-03-16"}
    assert told((SENT, []), SENT, announced=announced, now=day(12), zone=BERLIN)[0] == []


@pytest.mark.parametrize("facts", [invoice(), replace(SENT, status=Status.PAID), replace(SENT, due_at=None)])
def test_without_a_due_date_or_when_closed_nothing_will_be_due(facts):
    """What is charged automatically has none in Stripe."""
    assert next_occasion_at(facts, "UTC", day(0)) is None
    kinds = told((facts, []), facts, now=day(60))[0]
    assert not {EventType.WILL_BE_DUE, EventType.OVERDUE} & set(kinds)


def test_invoices_of_one_day_are_looked_at_at_moments_of_their_own():
    """Spread over hours: a million of them do not come at midnight."""
    moments = {next_occasion_at(replace(SENT, id=f"in_{n}"), "UTC", day(0)) for n in range(100)}
    assert len(moments) > 90
    assert max(moments) - min(moments) > SPREAD / 2


def test_a_promise_is_told_when_it_is_made_and_when_it_is_broken():
    """The second one too; a paid invoice breaks none."""
    promises = [Promise(day(n), date(2026, 3, 4 + n), day(n + 2), day(n + 2.4)) for n in (0, 5)]
    once, twice = (replace(SENT, word=PayersWord(tuple(promises[:n]))) for n in (1, 2))
    types, found, after = told((SENT, []), once)
    assert (types, found[0].details) == ([EventType.PROMISE_MADE], {"by_date": "2026-03-04"})
    assert told((once, []), once, announced=after, now=day(1.99))[0] == []
    types, found, after = told((once, []), once, announced=after, now=day(2))
    assert (types, found[0].details) == ([EventType.PROMISE_BROKEN], {"by_date": "2026-03-04"})
    assert after.occasions == ("promise_broken 1",)
    paying = replace(once, payment_processing=True)
    assert told((once, []), paying, now=day(3))[0] == []
    types, _, after = told((once, []), twice, announced=after, now=day(5))
    assert types == [EventType.PROMISE_MADE]
    assert told((twice, []), twice, announced=after, now=day(7))[0] == [EventType.PROMISE_BROKEN]
    paid = replace(twice, status=Status.PAID, paid_at=day(6))
    assert told((twice, []), paid, announced=after, now=day(7))[0] == [EventType.PAID]


def test_a_dispute_is_told_without_the_payers_words():
    """Its kind alone; the note is theirs."""
    dispute = Dispute(day(1), Complaint.ALREADY_PAID, "my secret")
    disputed = replace(SENT, word=PayersWord(dispute=dispute))
    types, found, _ = told((SENT, []), disputed)
    assert (types, found[0].details) == ([EventType.DISPUTED], {"complaint": Complaint.ALREADY_PAID.value})
    assert told((disputed, []), disputed)[0] == []
    assert told(None, disputed)[0] == [EventType.DISPUTED]


def test_an_invoice_is_looked_at_when_something_is_to_be_announced():
    """Between two looks of a week; its next action comes first where it is sooner."""
    now = day(10)
    facts = replace(SENT, read_at=now)
    found = decide(facts, (), customer(), settings(), EvenSpread(), now)
    assert found.next_action.kind is ActionKind.LOOK_AGAIN
    assert found.next_action.at == next_occasion_at(SENT, "UTC", now)
    sooner = decide(replace(SENT, read_at=day(1)), (), customer(), settings(), EvenSpread(), day(1))
    assert sooner.next_action.at == day(8)
    closed = decide(replace(facts, status=Status.VOID), (), customer(), settings(), EvenSpread(), now)
    assert closed.next_action is None
