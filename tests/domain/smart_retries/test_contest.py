"""Champion and challenger."""

import math

import pytest
from dunwell.domain.smart_retries.contest import COMPARED_MIN, Contest, First, Standing, is_held_back

from tests.build import DAY_0
from tests.domain.smart_retries.build_cases import BERLIN, GROUP, case

HELD_BACK = [f"in_{n}" for n in range(400) if is_held_back(f"in_{n}")]
LEARNT_FROM = [f"in_{n}" for n in range(400) if not is_held_back(f"in_{n}")]
HOPELESS = case(2, 4, 6, 8, 10, 12, code="insufficient_funds")


def test_every_fifth_invoice_is_held_back():
    """About; always the same ones."""
    assert 50 < len(HELD_BACK) < 110


def test_who_predicts_better_is_promoted():
    """The cards of this bank pay no more, whatever it says: the challenger learns it, and then plans."""
    contest, promoted = Contest(), []
    for night in range(4):
        ids = [*LEARNT_FROM[night * 15 : night * 15 + 15], *HELD_BACK[night * 4 : night * 4 + 4]]
        contest, was = contest.after([], [(one, HOPELESS) for one in ids], f"2026-03-0{night + 1}")
        promoted.append(was)
    assert promoted[0] is False
    assert any(promoted)
    assert contest.champion.version != "lessons-0"


def test_nobody_is_promoted_for_nothing():
    """Without held-back retries the first lessons go on planning; the challenger learns all the same."""
    first = First(DAY_0, BERLIN, GROUP, succeeded=True)
    contest, promoted = Contest().after([first], [("in_0", case(paid_on=3))], "2026-03-01")
    assert not promoted
    assert contest.champion.version == "lessons-0"
    assert contest.challenger.version == "2026-03-01"
    assert sum(contest.challenger.expected_by_hour.values()) > 1


def test_what_is_held_back_teaches_nothing():
    """Nothing but how well it was predicted."""
    contest, _ = Contest().after([], [(HELD_BACK[0], case(2, paid_on=4))], "2026-03-01")
    assert contest.challenger.causes == {}
    assert contest.standing.compared == 2


def test_a_standing_needs_numbers():
    """Its error is unknown before the second prediction; a mean gain within its error is none."""
    assert (Standing().mean, Standing().error) == (0.0, math.inf)
    assert Standing(COMPARED_MIN - 1, 10.0, 10.0).is_better is False
    assert Standing(100, 10.0, 2.0).is_better
    assert Standing(100, 0.1, 50.0).is_better is False
    assert Standing(100, -10.0, 2.0).is_better is False
    assert Standing(2, 2.0, 2.0).error == pytest.approx(0.0)
