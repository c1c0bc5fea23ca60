"""What both stores of payment records and of lessons promise."""

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

from dunwell.domain.payment_records import PaymentRecord
from dunwell.domain.payments import Considered, Failure, Foresight
from dunwell.domain.smart_retries.lessons import UNLEARNT, LearntLessons, Lessons

from tests.build import DAY_0, card, day, eur
from tests.contracts.given import facts, saved


def record(number, at=DAY_0, **fields):
    foresight = Foresight("lessons-0", (Considered(day(2), 0.5, 0.75),))
    plain = PaymentRecord(
        f"in_1#{number}", "cus_1", "in_1", at, False, number, "Europe/Berlin", eur(4900),
        Failure("do_not_honor"), card(issuer="411111"), foresight=foresight,
    )  # fmt: skip
    return replace(plain, **fields)


def kept(stores, *records):
    before = stores.invoices.load("in_1")
    saved(stores, before, facts(version=before.version if before else 0, ended=records))


def test_records_are_kept_with_the_facts_and_come_back_whole(stores):
    """By customer, oldest first, the last so many."""
    records = [record(n, day(n)) for n in range(3)]
    kept(stores, *reversed(records))
    assert stores.payments.of_customer("cus_1", 10) == records
    assert stores.payments.of_customer("cus_1", 2) == records[1:]
    assert stores.payments.of_customer("cus_1", 2, until=day(1)) == records[:2]
    assert stores.payments.of_customer("cus_1", 1, until=day(1.9)) == records[1:2]
    assert stores.payments.of_customer("cus_1", 9, until=day(-1)) == []
    assert stores.payments.of_customer("cus_2", 10) == []


def test_the_same_record_again_is_one(stores):
    """A write that is made twice changes nothing."""
    kept(stores, record(0))
    kept(stores, record(0))
    assert stores.payments.of_customer("cus_1", 10) == [record(0)]


def test_an_issuers_records_are_found_about_an_instant(stores):
    """Those of other issuers, and of cards that tell none, are not."""
    other = record(2, day(1), method=card(issuer="555555"))
    untold = record(3, day(1), method=card())
    kept(stores, record(0), record(1, day(1)), other, untold)
    assert stores.payments.of_issuer("411111", day(0.5), day(2)) == [record(1, day(1))]
    assert stores.payments.of_issuer("411111", day(0), day(1)) == [record(0), record(1, day(1))]
    assert stores.payments.of_issuer("411111", day(0), day(0.9)) == [record(0)]


def test_a_days_records_are_found_by_the_day(stores):
    """In UTC, from midnight to midnight."""
    late = record(1, DAY_0.replace(hour=23, minute=59))
    kept(stores, record(0), late, record(2, late.at + timedelta(minutes=1)))
    pages = list(stores.payments.of_day(DAY_0.date()))
    assert sorted(one.id for page in pages for one in page) == ["in_1#0", "in_1#1"]
    assert list(stores.payments.of_day(date(2020, 1, 1))) == []


def test_a_days_records_are_told_part_by_part_and_page_by_page(stores):
    """Each part once over its pages; no page of another day."""
    made = [record(n, day(0, n / 60), customer_id=f"cus_{n}") for n in range(3)]
    kept(stores, *made, record(9, day(1)))
    found = []
    for part in stores.payments.parts_of(DAY_0.date()):
        after = None
        while True:
            page, after = stores.payments.page(part, after)
            found += page
            if after is None:
                break
    assert sorted(found, key=lambda one: one.id) == made


def test_a_part_of_more_records_than_a_page_holds_goes_on(stores):
    """Where the next one begins is told until none follows."""
    many = [record(n, day(0, n / 600)) for n in range(120)]
    for begins in range(0, len(many), 40):
        kept(stores, *many[begins : begins + 40])
    found, pages = [], 0
    for part in stores.payments.parts_of(DAY_0.date()):
        after = None
        while True:
            page, after = stores.payments.page(part, after)
            found, pages = [*found, *page], pages + bool(page)
            if after is None:
                break
    assert [one.number for one in found] == list(range(120))
    assert pages == 3


def learnt(version, *, promoted, **counts):
    return LearntLessons(Lessons(version, causes=counts), DAY_0.date(), promoted, {"gain": 0.5})


def test_the_promoted_lessons_plan(stores):
    """Those of nobody at first; a version that is not promoted is only kept."""
    assert stores.lessons.promoted() == Lessons()
    assert stores.lessons.newest() is None
    stores.lessons.keep(learnt("2026-03-01", promoted=True, a=1.5))
    stores.lessons.keep(learnt("2026-03-02", promoted=False, a=2.5))
    assert stores.lessons.promoted() == Lessons("2026-03-01", causes={"a": 1.5})
    assert stores.lessons.newest() == learnt("2026-03-02", promoted=False, a=2.5)


def test_versions_are_listed_and_can_be_gone_back_to(stores):
    """The newest first, without their counts; one that is not kept changes nothing."""
    for version in ("2026-03-01", "2026-03-02"):
        stores.lessons.keep(learnt(version, promoted=True, a=1.0))
    told = stores.lessons.versions()
    assert [(one.lessons, one.report) for one in told] == [
        (Lessons("2026-03-02"), {"gain": 0.5}), (Lessons("2026-03-01"), {"gain": 0.5}),
    ]  # fmt: skip
    assert stores.lessons.roll_back("2020-01-01") is False
    assert stores.lessons.promoted().version == "2026-03-02"
    assert stores.lessons.roll_back("2026-03-01") is True
    assert stores.lessons.promoted().version == "2026-03-01"
    assert stores.lessons.roll_back(UNLEARNT) is True
    assert stores.lessons.promoted() == Lessons()


def test_lessons_of_a_thousand_banks_come_back_whole(stores):
    """More than DynamoDB takes in one item, compressed; and fewer again, under the same name."""
    many = {f"issuer {sha256(str(n).encode()).hexdigest()}|-|funds": n / 7.0 for n in range(12_000)}
    for counts in (many, {"a": 1.0}, many):
        told = learnt("2026-03-01", promoted=True, **counts)
        stores.lessons.keep(told)
        assert stores.lessons.newest() == told
        assert stores.lessons.promoted() == told.lessons
    assert [one.lessons.version for one in stores.lessons.versions()] == ["2026-03-01"]
