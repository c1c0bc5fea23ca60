"""How a challenger does."""

import math

import pytest
from dunwell.domain.smart_retries.off_policy import LoggedChoice, self_normalised
from dunwell.domain.smart_retries.standing import (
    COMPARED_MIN,
    STANDING_HALF,
    Gains,
    Normalised,
    Standing,
    reported,
)


@pytest.mark.parametrize(
    ("foretold", "better"),
    [
        (Gains(COMPARED_MIN - 1, 10.0, 10.0), False),
        (Gains(100, 10.0, 2.0), True),
        (Gains(100, 0.1, 50.0), False),
        (Gains(100, -10.0, 2.0), False),
        (Gains(), False),
    ],
)
def test_a_standing_needs_numbers(foretold, better):
    """Enough predictions, and a mean gain beyond its error."""
    assert Standing(foretold).is_better is better


@pytest.mark.parametrize(
    ("earned", "better"),
    [
        (Gains(1, -1.0, 1.0), True),
        (Gains(100, -1.0, 4.0), True),
        (Gains(100, -10.0, 4.0), False),
        (Gains(100, 10.0, 4.0), True),
    ],
)
def test_who_would_surely_have_earned_less_is_not_promoted(earned, better):
    """However well it predicts; what is within the error is no reason."""
    assert Standing(Gains(100, 10.0, 2.0), earned).is_better is better


def test_an_error_is_unknown_before_the_second():
    """And nothing without any spread."""
    assert (Gains().mean, Gains().error, Gains(1, 1.0, 1.0).error) == (0.0, math.inf, math.inf)
    assert Gains(2, 2.0, 2.0).error == pytest.approx(0.0)
    assert Gains().plus(2.0) == Gains(1.0, 2.0, 4.0)


def test_what_was_compared_fades():
    """By half in so many comparisons: a challenger that was worse a year ago may be better now."""
    later = Gains(1000.0, -50.0, 100.0)
    for _ in range(int(STANDING_HALF)):
        later = later.plus(0.0)
    assert later.total == pytest.approx(-25.0)
    assert later.squares == pytest.approx(50.0)
    assert 500.0 < later.count < 600.0


def test_a_report_tells_all_of_it():
    """An older one tells nothing of what was earned."""
    normalised = Normalised(*(float(n) for n in range(11)))
    standing = Standing(Gains(10.0, 1.0, 1.0), Gains(5.0, 0.5, 0.2), Gains(5.0, 0.4, 0.3), normalised)
    assert reported(standing.as_report()) == standing
    assert reported({"compared": 10.0, "gain": 1.0, "squares": 1.0}) == Standing(Gains(10.0, 1.0, 1.0))


def test_self_normalised_gains_are_those_of_the_choices_themselves(monkeypatch):
    """The difference of the two estimates that `off_policy` makes of all choices at once, and its error where
    the other policy's choices were the logged ones."""
    monkeypatch.setattr("dunwell.domain.smart_retries.standing.KEPT", 1.0)
    seen = [(0.5, 1.0, 1.0), (2.0, 0.25, 0.0), (1.5, 1.0, 1.0), (0.0, 2.0, 1.0), (1.0, 0.5, 0.0)] * 8
    found, ours, theirs = Normalised(), [], []
    for one, other, paid in seen:
        found = found.plus(one, other, paid)
        ours.append(LoggedChoice(0, (0.5,), (one / 2,), (0.0,), paid))
        theirs.append(LoggedChoice(0, (0.5,), (other / 2,), (0.0,), paid))
    apart = self_normalised(ours), self_normalised(theirs)
    assert found.mean == pytest.approx(apart[0].value - apart[1].value)
    effects = [
        a.weight * (a.reward - apart[0].value) / sum(x.weight for x in ours)
        - b.weight * (b.reward - apart[1].value) / sum(x.weight for x in theirs)
        for a, b in zip(ours, theirs, strict=True)
    ]
    assert found.error == pytest.approx(math.sqrt(sum(effect**2 for effect in effects)))
    assert Normalised().plus(1.0, 1.0, 1.0).error == math.inf
    assert (Normalised().mean, Normalised().error) == (0.0, math.inf)


def test_a_report_that_tells_nothing_is_a_standing_of_nothing():
    """As of a version that was learnt before anything was compared."""
    assert reported({}) == Standing()
    earned = {"choices": 5.0, "earned": 0.5, "earned_squares": 0.2}
    assert reported(earned) == Standing(Gains(), Gains(5.0, 0.5, 0.2))
