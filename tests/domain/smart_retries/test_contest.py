"""Champion and challenger."""

import pytest
from dunwell.domain.payments import Considered
from dunwell.domain.smart_retries.at_rest import AtRest
from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.contest import Contest, choices_of, is_held_back, with_choices
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.model import SmartRetries
from dunwell.domain.smart_retries.standing import Standing

from tests.build import day
from tests.domain.smart_retries.build_cases import GROUP, case, room

HELD_BACK = [f"in_{n}" for n in range(400) if is_held_back(f"in_{n}")]
LEARNT_FROM = [f"in_{n}" for n in range(400) if not is_held_back(f"in_{n}")]
HOPELESS = case(2, 4, 6, 8, 10, 12, code="insufficient_funds")

EARLY_OR_LATE = (Considered(day(3), 0.3, 0.5), Considered(day(9), 0.3, 0.5))


def at_rest(invoice_id, made, considered=()):
    return AtRest(invoice_id, made, room(), considered)


def test_every_fifth_invoice_is_held_back():
    """About; always the same ones."""
    assert 50 < len(HELD_BACK) < 110


def test_who_predicts_better_is_promoted():
    """The cards of this bank pay no more, whatever it says: the challenger learns it, and then plans."""
    contest, promoted = Contest(), []
    for night in range(4):
        ids = [*LEARNT_FROM[night * 15 : night * 15 + 15], *HELD_BACK[night * 4 : night * 4 + 4]]
        after = contest.after([at_rest(one, HOPELESS) for one in ids], f"2026-03-0{night + 1}")
        contest = after.contest
        promoted.append(after.promoted)
        assert after.standing.foretold.count > 0
    assert promoted[0] is False
    assert any(promoted)
    assert contest.champion.version != "lessons-0"


def test_nobody_is_promoted_for_nothing():
    """Without held-back retries the first lessons go on planning; the challenger learns all the same."""
    night = Contest().after([at_rest(LEARNT_FROM[0], case(paid_on=3))], "2026-03-01")
    contest = night.contest
    assert not night.promoted
    assert contest.champion.version == "lessons-0"
    assert contest.challenger.version == "2026-03-01"
    assert sum(contest.challenger.expected_by_hour.values()) > 0


def test_what_is_held_back_teaches_nothing():
    """Nothing but how well it was predicted, and what its first retry would have earned."""
    invoice = at_rest(HELD_BACK[0], case(2, paid_on=4), EARLY_OR_LATE)
    contest = Contest().after([invoice], "2026-03-01").contest
    assert contest.challenger.causes == {}
    assert contest.standing.foretold.count == pytest.approx(2.0, abs=0.01)
    assert contest.standing.earned.count == 1


def test_a_choice_that_could_not_be_made_says_nothing():
    """A propensity that was rounded to nothing: what it earned has no weight."""
    never = (Considered(day(1), 0.3, 0.0), Considered(day(9), 0.3, 1.0))
    contest = Contest().after([at_rest(HELD_BACK[0], case(paid_on=1), never)], "2026-03-01").contest
    assert (contest.standing.foretold.count, contest.standing.earned.count) == (1, 0)


def test_a_choice_that_was_right_earns_more():
    """Tried on the third day and paid: whoever would rather have tried early earns more, by what the
    propensities say; with the same lessons nobody does."""
    eager, patient = (
        SmartRetries(Lessons(causes={f"{GROUP.levels[-1]}|do_not_honor|{cause}": 1e6}))
        for cause in (Cause.CHANCE, Cause.LOCK)
    )
    paid = at_rest("in_1", case(paid_on=3, code="do_not_honor"), EARLY_OR_LATE)
    assert earned(paid, eager, patient).earned.mean > 0.01
    assert earned(paid, patient, eager).earned.mean < -0.01
    same = earned(paid, eager, eager)
    assert (same.earned.mean, same.weighted.mean, same.normalised.mean) == (0.0, 0.0, 0.0)
    weights = [choice.weight for choice in choices_of(paid, eager, patient)]
    assert earned(paid, eager, patient).weighted.mean == pytest.approx(weights[0] - weights[1])
    assert earned(paid, eager, patient).normalised.count == 1.0


def earned(invoice, ours, theirs):
    """A standing of one choice."""
    return with_choices(Standing(), *choices_of(invoice, ours, theirs))
