"""What counts make of what was assumed."""

from dataclasses import replace

import pytest
from dunwell.domain.history import Group
from dunwell.domain.smart_retries.causes import Cause, shares_of
from dunwell.domain.smart_retries.curves import FIXED
from dunwell.domain.smart_retries.hours import EFFECT_MAX
from dunwell.domain.smart_retries.lessons import Lessons, bin_of
from dunwell.domain.smart_retries.locks import Locks

from tests.domain.smart_retries.build_cases import GROUP

WIDE, NARROW = GROUP.levels[0], GROUP.levels[-1]


def test_without_counts_nothing_is_changed():
    """The shares of the codes and of the curves are the assumed ones."""
    assert Lessons().shares("do_not_honor", GROUP)[Cause.LOCK] == pytest.approx(
        shares_of("do_not_honor")[Cause.LOCK]
    )
    assert Lessons().curve_shares(FIXED, GROUP) == pytest.approx([curve.share for curve in FIXED])
    assert list(Lessons().hour_effects(GROUP)) == [1.0] * 8
    assert Lessons().calibrated(0.3) == pytest.approx(0.3)


def test_a_code_means_what_it_was_seen_to_mean():
    """A thousand locks behind it everywhere; at this issuer all of them were empty accounts."""
    counts = {f"{WIDE}|do_not_honor|{Cause.LOCK}": 1000.0}
    everywhere = Lessons(causes=counts)
    here = Lessons(causes={**counts, f"{NARROW}|do_not_honor|{Cause.FUNDS}": 1000.0})
    assert everywhere.shares("do_not_honor", GROUP)[Cause.LOCK] > 0.8
    assert here.shares("do_not_honor", GROUP)[Cause.FUNDS] > 0.8
    assert here.shares("do_not_honor", Group())[Cause.LOCK] > 0.8
    assert sum(here.shares("do_not_honor", GROUP).values()) == pytest.approx(1.0)


def test_a_pay_cycle_that_is_common_is_expected():
    """Many customers paid on the 1st make the next one's 1st likelier."""
    curve = FIXED[0]
    lessons = Lessons(curves={f"{WIDE}|funds|{curve.key}": 20_000.0, f"{WIDE}|funds": 20_000.0})
    assert lessons.curve_shares(FIXED, GROUP)[0] > 0.9


def test_hours_differ_by_what_was_seen_of_the_bank_or_of_all():
    """Twice the successes that were expected after midnight everywhere, but none then at this bank."""
    everywhere = {f"{WIDE}|{bucket}": 1000.0 for bucket in range(8)}
    here = {f"{NARROW}|{bucket}": 5000.0 for bucket in range(8)}
    told = Lessons(
        expected_by_hour={**everywhere, **here},
        succeeded_by_hour={**everywhere, **here, f"{WIDE}|0": 2000.0, f"{NARROW}|0": 0.0},
    )
    assert told.hour_effects(GROUP)[0] == pytest.approx(1 / EFFECT_MAX)
    assert told.hour_effects(Group())[0] == pytest.approx(EFFECT_MAX, abs=0.1)


def test_hours_are_a_matter_of_funding_and_bank():
    """A country's cards stand in for a bank that is not told; brands are one."""
    debit = Group("bank_1", "DE", "visa", "debit")
    assert debit.hour_levels == replace(debit, brand="mastercard").hour_levels
    assert debit.hour_levels[1:] == ("funding debit", "issuer bank_1 debit")
    assert replace(debit, issuer="-").hour_levels[-1] == "country DE debit"


def test_a_banks_locks_are_learnt_whatever_its_cards():
    """Nothing passes within a day of a decline; where the issuer is unknown nothing is known of it."""
    gaps = {f"issuer {GROUP.issuer}|{bucket}": 200.0 for bucket in range(9)}
    lessons = Lessons(
        expected_by_gap=gaps, succeeded_by_gap={name: 200.0 for name in gaps if int(name[-1]) >= 3}
    )
    assert lessons.locks(GROUP).trigger > 0.8
    assert lessons.locks(GROUP).after(2.5) < 0.1
    assert lessons.locks(Group()) == Locks()


def test_predictions_are_corrected_by_what_became_of_those_before():
    """Half as many successes as were predicted; never 0 or 1."""
    name = str(bin_of(0.4))
    lessons = Lessons(expected={name: 100.0}, succeeded={name: 50.0})
    assert lessons.calibrated(0.4) == pytest.approx(0.21, abs=0.01)
    assert (lessons.calibrated(0.0), lessons.calibrated(5.0)) == (0.001, 0.999)


def test_a_group_that_tells_no_issuer_has_no_level_for_it():
    """The narrowest level is the country's cards."""
    assert [level.split()[0] for level in Group(country="DE").levels] == ["all", "card", "country"]
    assert len(GROUP.levels) == 4
