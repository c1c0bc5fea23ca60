"""What a night teaches."""

from dataclasses import replace

import pytest
from dunwell.domain.history import UNKNOWN
from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.curves import PAYDAYS
from dunwell.domain.smart_retries.learning import HALF_LIFE_DAYS, Learning, bucket_of
from dunwell.domain.smart_retries.lessons import Lessons

from tests.build import day
from tests.domain.smart_retries.build_cases import BERLIN, GROUP, case, paid_monthly


def after(*cases, so_far=None):
    learning = Learning(so_far or Lessons())
    for made in cases:
        learning.hear_case(made)
    return learning.sealed("v1")


def test_a_code_is_learnt_by_what_became_of_its_retries():
    """Taken an hour later, four hundred times: the code stands for an outage."""
    before = Lessons().shares("do_not_honor", GROUP)[Cause.OUTAGE]
    learnt = after(*[case(code="do_not_honor", paid_on=0.06)] * 400)
    assert learnt.version == "v1"
    assert learnt.shares("do_not_honor", GROUP)[Cause.OUTAGE] > 3 * before


def test_predictions_are_held_against_what_happened():
    """Each retry counts, whether it failed or was paid."""
    learnt = after(case(2, 4, paid_on=6))
    assert sum(learnt.succeeded.values()) == 1.0
    assert 0 < sum(learnt.expected.values()) < 3


def test_signals_are_counted_with_what_was_behind_them():
    """Each once for its invoice, and its causes by their weights."""
    learnt = after(*[case(code="do_not_honor", paid_on=0.06, signals=("devices 3",))] * 3)
    assert learnt.signals["devices 3"] == 3.0
    assert sum(learnt.signals.get(f"|{cause}", 0.0) for cause in Cause) == pytest.approx(3.0, abs=1e-4)
    assert learnt.signals[f"devices 3|{Cause.OUTAGE}"] > 1.0


def test_hours_and_gaps_are_learnt_from_retries():
    """A bank that takes cards in the evening only, a day and more after a decline."""
    cases = [case(1, 2, 3, 4, paid_on=5.4)] * 60
    learnt = after(*cases)
    effects = learnt.hour_effects(GROUP)
    morning, evening = bucket_of(day(0), BERLIN), bucket_of(day(5.4), BERLIN)
    assert effects[morning] < 0.85
    assert effects[evening] > 1.1
    assert sum(learnt.succeeded_by_gap.values()) == len(cases)
    assert sum(learnt.expected_by_gap.values()) > len(cases) / 4


@pytest.mark.parametrize("group", [GROUP, replace(GROUP, issuer=UNKNOWN)])
def test_hours_are_counted_for_all_cards_for_a_funding_and_for_a_bank(group):
    """Or for a country, where the bank is not told."""
    learnt = after(case(2, paid_on=4, group=group))
    assert {name.rpartition("|")[0] for name in learnt.expected_by_hour} == set(group.hour_levels)


def test_an_hour_is_held_against_what_any_hour_promises():
    """Paid near a pay day, in an hour that is thought half as good again: no chance is above its highest, but
    what is counted as expected is no less for that."""
    level = GROUP.hour_levels[-1]
    better = Lessons(
        expected_by_hour={f"{level}|{bucket}": 5_000.0 for bucket in range(8)},
        succeeded_by_hour={f"{level}|{bucket}": 5_000.0 + 2_500.0 * (bucket == 3) for bucket in range(8)},
    )
    made = case(own=paid_monthly(10), paid_on=8)
    assert bucket_of(made.paid_at, BERLIN) == 3
    plain, hopeful = (
        after(made, so_far=so_far).expected_by_hour[f"{level}|3"]
        - so_far.expected_by_hour.get(f"{level}|3", 0.0)
        for so_far in (Lessons(), better)
    )
    assert plain > 0.7
    assert hopeful == pytest.approx(plain)


def test_the_heaviest_counts_are_kept_where_there_are_too_many(monkeypatch):
    """Of causes and curves; what a group's curves come to together is what is left of them."""
    monkeypatch.setattr("dunwell.domain.smart_retries.learning.COUNTS_MAX", 11)
    whole = Lessons(
        causes={f"bank {n}|do_not_honor|funds": float(n) for n in range(1, 21)},
        curves={
            f"bank {n}|funds{key}": n * share
            for n in range(1, 11)
            for key, share in (("", 3.0), ("|lock/1", 2.0), ("|lock/2", 1.0))
        },
    )
    kept = Learning(whole).sealed("v1")
    assert kept.causes == {f"bank {n}|do_not_honor|funds": float(n) for n in range(10, 21)}
    parts = {name: count for name, count in kept.curves.items() if "lock" in name}
    assert len(parts) == 11
    assert min(parts.values()) == 7.0
    assert {name: count for name, count in kept.curves.items() if name not in parts} == {
        f"bank {n}|funds": n * (2.0 if n < 7 else 3.0) for n in range(4, 11)
    }


def test_a_bank_whose_customers_are_paid_on_a_day_of_their_own_is_known_by_it():
    """Two banks of one country: with each the day that its own customers are paid on becomes likely."""
    banks = [replace(GROUP, issuer=f"bank_{n}") for n in (1, 2)]
    paid = [case(paid_on=paid_on, group=bank) for paid_on, bank in zip((3, 9), banks, strict=True)]
    learnt = after(*paid * 300)
    one, other = (learnt.curve_shares(PAYDAYS, bank) for bank in banks)
    assert max(first / second for first, second in zip(one, other, strict=True)) > 1.5
    assert max(second / first for first, second in zip(one, other, strict=True)) > 1.5


def test_what_was_learnt_fades():
    """By half in its half-life, and is dropped in the end."""
    learnt = after(case(2, paid_on=4))
    learning = Learning(learnt)
    learning.forget(HALF_LIFE_DAYS)
    assert sum(learning.sealed("v2").succeeded.values()) == pytest.approx(0.5)
    learning.forget(100 * HALF_LIFE_DAYS)
    assert learning.sealed("v3") == Lessons("v3")
    assert sum(learnt.succeeded.values()) == 1.0


def test_the_bucket_of_an_hour_is_local():
    """Half past nine in Berlin."""
    assert bucket_of(day(0, -0.5), BERLIN) == 3


def test_each_count_is_the_sum_over_all_cases():
    """Of causes and curves by every level of the group, of signals, of what was to be expected and came."""
    made = [case(2, paid_on=4), case(1, 3, code="do_not_honor", signals=("devices 3",))]
    together, apart = after(*made), [after(one) for one in made]
    for name in (
        "causes signals curves expected_by_hour succeeded_by_hour expected_by_gap succeeded_by_gap "
        "expected succeeded"
    ).split():
        whole, parts = getattr(together, name), [getattr(one, name) for one in apart]
        keys = {key for part in parts for key in part}
        assert set(whole) == keys, name
        for key in keys:
            counted = sum(part.get(key, 0.0) for part in parts)
            assert whole[key] == pytest.approx(counted, abs=2e-5), (name, key)
            assert whole[key] >= 0.0


def test_a_case_counts_once_at_each_level_and_once_for_its_curve():
    """Its causes' weights add up to one at every level; so do its curves'."""
    learnt = after(case(2, paid_on=4))
    for level in GROUP.levels:
        causes = [
            told for key, told in learnt.causes.items() if key.startswith(f"{level}|insufficient_funds|")
        ]
        assert sum(causes) == pytest.approx(1.0, abs=1e-4), level
        curves = [told for key, told in learnt.curves.items() if key.startswith(f"{level}|")]
        whole = [told for key, told in learnt.curves.items() if key.rsplit("|", 1)[0] == level]
        assert sum(curves) == pytest.approx(2.0, abs=1e-3), level
        assert sum(whole) == pytest.approx(1.0, abs=1e-4), level
