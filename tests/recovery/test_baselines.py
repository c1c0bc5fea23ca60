"""The policies to compare with keep their days."""

from datetime import timedelta

import pytest

from sandbox.recovery.baselines import even_days
from sandbox.recovery.catalogue import policy_factory
from sandbox.recovery.counts import counts
from tests.recovery.build_worlds import DAY, DECLINED, NOON, event

WINDOW = 14 * DAY


def planned(name, attempts_max=8, window=WINDOW):
    """The offsets, in days, of all retries of an invoice that never passes."""
    policy, now, found = policy_factory(name)(attempts_max, window), NOON, []
    policy.observe(event(NOON))
    while (at := policy.plan("in_1", now)) is not None:
        policy.observe_attempt("in_1", at, {"succeeded": False, "failure": DECLINED})
        found.append((at - NOON) / DAY)
        now = at
    return found


def test_even_spreads_whole_days_over_the_window():
    """Eight retries in fourteen days are on the days 2, 4, 5, 7, 9, 11, 12 and 14."""
    assert planned("even 8") == [2, 4, 5, 7, 9, 11, 12, 14]
    assert planned("even 4") == [4, 7, 11, 14]


def test_more_retries_than_days_are_even_parts_of_the_window():
    """No two of them fall on one instant."""
    assert even_days(2 * DAY, 4) == [timedelta(hours=hours) for hours in (12, 24, 36, 48)]


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("immediate", [1 / 24]),
        ("fixed 3-5-7", [3, 5, 7]),
        ("fixed 1-3-5-7", [1, 3, 5, 7]),
        ("ladder 1-3-8-10-12", [1, 3, 8, 10, 12]),
    ],
)
def test_a_ladder_retries_on_its_days(name, days):
    """They count from the first failure, at its hour."""
    assert planned(name) == pytest.approx(days)


@pytest.mark.parametrize(
    "name", ["immediate", "fixed 1-3-5-7", "ladder 1-3-8-10-12", "even 8", "random 8", "counts"]
)
@pytest.mark.parametrize(("attempts_max", "days"), [(8, 14), (3, 14), (8, 5)])
def test_every_baseline_stays_in_the_window_and_the_budget(name, attempts_max, days):
    """Whatever the world allows."""
    found = planned(name, attempts_max, days * DAY)
    assert len(found) <= attempts_max
    assert found == sorted(found)
    assert all(0 < day <= days for day in found)


def test_random_retries_are_the_same_each_time():
    """Two runs of one invoice can be compared."""
    assert planned("random 8") == planned("random 8")
    assert len(set(planned("random 8"))) == 8


def tried(policy, invoice, failed_at, at, succeeded):
    policy.observe(event(failed_at, invoice=invoice))
    policy.observe_attempt(invoice, at, {"succeeded": succeeded, "failure": None if succeeded else DECLINED})


def test_counts_are_smoothed_as_laplace_did():
    """(passed + 1) / (tried + 2) by weekday, day of month and hour, and their mean."""
    policy = counts(8, WINDOW)
    tried(policy, "in_a", NOON, NOON + DAY, True)
    tried(policy, "in_b", NOON, NOON + DAY, True)
    tried(policy, "in_c", NOON, NOON + 2 * DAY, False)
    policy.observe(event(NOON + 7 * DAY))
    weekday, month_day, hour = 3 / 4, 1 / 2, 3 / 5
    assert policy.predicted("in_1", NOON + 8 * DAY) == pytest.approx((weekday + month_day + hour) / 3)


def test_counts_keep_clusters_apart():
    """What passed on one issuer's cards says nothing of another's."""
    policy = counts(8, WINDOW)
    tried(policy, "in_a", NOON, NOON + DAY, True)
    other = event(NOON)
    other["card"]["issuer"] = "iss_2"
    policy.observe(other)
    assert policy.predicted("in_1", NOON + DAY) == 1 / 2


def test_counts_without_experience_keep_to_the_ladder():
    """Of equal slots the latest, which is the ladder's next step; after it even steps to the window's end."""
    latest = [offset / DAY for offset in counts(8, WINDOW).latest_offsets()]
    assert latest == pytest.approx([1, 3, 8, 10, 12, 12 + 2 / 3, 12 + 4 / 3, 14])
    found = planned("counts")
    assert found[0] == 1
    assert all(day <= last + 1e-9 for day, last in zip(found, latest, strict=True))


def test_counts_pick_the_best_slot_before_the_ladders_next_step():
    """An hour that passed before is preferred, and never later than the ladder."""
    policy = counts(8, WINDOW)
    for number in range(20):
        tried(policy, f"in_{number}x", NOON - 20 * DAY, NOON - 18 * DAY + timedelta(hours=5), True)
    policy.observe(event(NOON))
    at = policy.plan("in_1", NOON)
    assert NOON < at <= NOON + DAY
    assert at == NOON + timedelta(hours=5)


def test_a_number_caps_the_retries():
    """A policy with a number makes no more, and no more than the world allows."""
    assert len(planned("even 20")) == 8
    assert len(planned("random 2")) == 2
