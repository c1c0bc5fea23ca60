"""What a store of the report's sums promises."""

from datetime import date

import pytest
from dunwell.domain.recovery import Tally
from dunwell.errors import StaleFactsError

FIRST, SECOND, LATER = date(2026, 2, 27), date(2026, 3, 2), date(2027, 1, 1)
ONE = Tally(FIRST, {"eur#total": {"failed": 1, "failed_amount": 4900}, "mails#kind": {"a|sent": 1}})
TWO = Tally(FIRST, {"eur#total": {"failed": 1, "failed_amount": 4900, "recovered": 1}})


def sums(stores, since=FIRST, until=LATER):
    return {(day, section): dict(counts) for day, section, counts in stores.tallies.sums(since, until)}


def test_sums_are_of_all_that_is_counted(stores):
    """By day and section; names of any kind."""
    stores.tallies.replace("invoice#in_1", None, ONE)
    stores.tallies.replace("invoice#in_2", None, TWO)
    odd = Tally(SECOND, {"eur#code": {"do_not_honor: #1 \u00e9|failed": 1, "select|failed": 2}})
    stores.tallies.replace("invoice#in_3", None, odd)
    assert sums(stores) == {
        (FIRST, "eur#total"): {"failed": 2, "failed_amount": 9800, "recovered": 1},
        (FIRST, "mails#kind"): {"a|sent": 1},
        (SECOND, "eur#code"): {"do_not_honor: #1 \u00e9|failed": 1, "select|failed": 2},
    }
    assert stores.tallies.of("invoice#in_1") == ONE
    assert stores.tallies.of("invoice#in_9") is None


def test_what_is_counted_otherwise_replaces_what_it_was_counted_for(stores):
    """On another day as well; a section in which nothing is left is not told."""
    stores.tallies.replace("invoice#in_1", None, ONE)
    stores.tallies.replace("invoice#in_1", ONE, TWO)
    assert sums(stores) == {(FIRST, "eur#total"): {"failed": 1, "failed_amount": 4900, "recovered": 1}}
    moved = Tally(SECOND, TWO.counts)
    stores.tallies.replace("invoice#in_1", TWO, moved)
    assert sums(stores) == {(SECOND, "eur#total"): {"failed": 1, "failed_amount": 4900, "recovered": 1}}


def test_who_was_slower_counts_nothing(stores):
    """Neither as the first, nor on what is no longer so."""
    stores.tallies.replace("invoice#in_1", None, ONE)
    for before in (None, TWO):
        with pytest.raises(StaleFactsError):
            stores.tallies.replace("invoice#in_1", before, TWO)
    assert sums(stores)[FIRST, "eur#total"] == {"failed": 1, "failed_amount": 4900}


def test_days_are_told_from_the_first_to_the_last(stores):
    """Both of them, over the ends of months and of a year."""
    for number, day in enumerate((FIRST, SECOND, LATER)):
        stores.tallies.replace(f"invoice#in_{number}", None, Tally(day, {"eur#total": {"failed": 1}}))
    assert [day for day, _ in sums(stores, FIRST, LATER)] == [FIRST, SECOND, LATER]
    assert [day for day, _ in sums(stores, FIRST, FIRST)] == [FIRST]
    assert [day for day, _ in sums(stores, date(2026, 2, 28), date(2026, 12, 31))] == [SECOND]
