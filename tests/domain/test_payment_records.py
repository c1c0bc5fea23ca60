"""The record of an attempt that ended, and what is read from records."""

from datetime import timedelta

from dunwell.domain.history import UNKNOWN, Group, History, group_of
from dunwell.domain.payment_records import OWN_MAX, PaymentRecord, new_records, recalled
from dunwell.domain.payments import Considered, Failure, Foresight, Origin, Outcome
from dunwell.domain.policies import RetryKind, RetryPolicy

from tests.build import attempt, bank_debit, card, day, eur, invoice, own_attempt

ZONE = "Europe/Berlin"
SMART = RetryPolicy(RetryKind.SMART)


def record(number, at, *, paid=False, invoice_id="in_1", customer_id="cus_1", issuer="411111"):
    failure = None if paid else Failure("insufficient_funds")
    return PaymentRecord(
        f"{invoice_id}#{number}", customer_id, invoice_id, at, paid, number, ZONE, eur(4900), failure,
        card(issuer=issuer),
    )  # fmt: skip


def test_an_attempt_is_recorded_once_it_has_ended():
    """Not while it is unknown, and not again when it is known already; never one that reached no bank."""
    unknown = own_attempt(1, day(2), None, outcome=Outcome.UNKNOWN)
    ended = own_attempt(1, day(2))
    first = attempt(day(0))
    assert new_records(invoice(), [first, unknown], [first], ZONE) == []
    (found,) = new_records(invoice(), [first, ended], [first, unknown], ZONE)
    assert (found.number, found.succeeded, found.at, found.zone) == (1, False, day(2), ZONE)
    assert new_records(invoice(), [first, ended], [first, ended], ZONE) == []
    assert new_records(invoice(), [own_attempt(1, day(2), charged=False)], [], ZONE) == []


def test_the_payers_own_attempts_count_where_they_paid():
    """A mistyped number tells nothing of an account."""
    failed, paid = (attempt(day(1), code, origin=Origin.PAYER) for code in ("incorrect_cvc", None))
    assert new_records(invoice(), [failed], [], ZONE) == []
    assert [found.succeeded for found in new_records(invoice(), [paid], [], ZONE)] == [True]


def test_the_card_is_kept_where_it_is_the_one_that_was_tried():
    """Its window's attempts are not; another card stays unknown."""
    busy = card(attempted_at=(day(-1),), issuer="411111")
    (found,) = new_records(invoice(payment_method=busy), [attempt(day(0))], [], ZONE)
    assert found.method == card(issuer="411111")
    assert found.group == Group("411111", "DE", "visa", "credit")
    for method in (card(fingerprint="fp_2"), None):
        (found,) = new_records(invoice(payment_method=method), [attempt(day(0))], [], ZONE)
        assert (found.method, found.group) == (None, Group())


def test_a_history_holds_what_was_before_and_who_else_was_there():
    """The customer's own, oldest first and not endlessly; of the issuer's the others' only."""
    own = [record(0, day(-n), invoice_id=f"in_{n}") for n in range(OWN_MAX + 5, -2, -1)]
    others = [
        record(0, day(0) - timedelta(hours=hours), customer_id="cus_2", invoice_id=f"in_b{hours}")
        for hours in (3, 2)
    ]
    found = recalled(own, [*others, own[-1]], Group(), day(0))
    assert len(found.own) == OWN_MAX
    assert found.own[-1].at == day(-1)
    assert [past.invoice_id for past in found.issuer] == ["in_b3", "in_b2"]


def test_a_method_that_tells_little_is_grouped_by_what_it_tells():
    """A bank debit has no brand; its kind stands in."""
    assert group_of(bank_debit()) == Group(UNKNOWN, UNKNOWN, "us_bank_account", UNKNOWN)


def test_a_record_tells_all_that_was_there():
    """Of the invoice, of the attempt and of the card; numbered in the order in which they were made."""
    foresight = Foresight("lessons-0", (Considered(day(2), 0.4, 0.7),))
    first, second = attempt(day(0)), own_attempt(1, day(2), foresight=foresight, amount=eur(1200))
    facts = invoice(payment_method=card(attempted_at=(day(0),)))
    found = new_records(facts, [second, first], [], ZONE)
    assert found == [
        PaymentRecord(
            "in_1#ch_020900",
            "cus_1",
            "in_1",
            day(0),
            succeeded=False,
            number=0,
            zone=ZONE,
            amount=eur(4900),
            failure=Failure(decline_code="insufficient_funds", code="card_declined"),
            method=card(),
            origin=Origin.PROCESSOR,
        ),
        PaymentRecord(
            "in_1#dunwell-001",
            "cus_1",
            "in_1",
            day(2),
            succeeded=False,
            number=1,
            zone=ZONE,
            amount=eur(1200),
            failure=Failure(decline_code="insufficient_funds", code="card_declined"),
            method=card(),
            origin=Origin.DUNWELL,
            foresight=foresight,
        ),
    ]
    same_time = [own_attempt(2, day(1), id="b"), own_attempt(1, day(1), id="a")]
    assert [one.id for one in new_records(facts, same_time, [], ZONE)] == ["in_1#a", "in_1#b"]


def test_a_history_is_of_the_group_that_it_was_asked_for():
    """The card's, whose habits it stands beside."""
    assert recalled([], [], Group("411111"), day(0)) == History((), (), Group("411111"))
