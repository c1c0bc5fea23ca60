"""What runs come to: shares, costs, capture with its interval, and calibration; amounts in minor units."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from sandbox.recovery.protocol import Ledger
from sandbox.recovery.tallies import TENTHS, Predicted, Run, added

ATTEMPT_COST: Final = 15
"""What an attempt costs, in minor units."""

RESAMPLES: Final = 1000


@dataclass(frozen=True, slots=True)
class Calibration:
    """Means over predicted attempts. The calibration error is over ten bins of equal width."""

    attempts: int
    log_loss: float
    brier: float
    calibration_error: float


@dataclass(frozen=True, slots=True)
class Score:
    """One row of a table; shares are 0 to 1. None for what does not exist: nothing due, one seed, no gap."""

    policy: str
    recovered_share: float | None
    capture: float | None
    capture_low: float | None
    capture_high: float | None
    net_value: float | None
    attempts_per_recovered: float | None
    mean_days: float | None
    violations: int
    attempts_per_invoice: float | None
    calibration: Calibration | None
    captures_by_tenth: list[float | None]


def score(policy: str, runs: Sequence[Run], reference: Sequence[Run]) -> Score:
    """One policy's runs, on one world or many, held against the reference policy's on the same seeds."""
    ledgers = [run.tally.ledger for run in runs]
    due, recovered, attempts = (_sum(ledgers, key) for key in ("amount_due", "amount_recovered", "attempts"))
    paid, invoices = _sum(ledgers, "recovered"), _sum(ledgers, "invoices")
    low, high = capture_interval(runs, reference)
    return Score(
        policy,
        recovered_share=_ratio(recovered, due),
        capture=capture(runs, reference),
        capture_low=low,
        capture_high=high,
        net_value=_ratio(recovered - ATTEMPT_COST * attempts, due),
        attempts_per_recovered=_ratio(attempts, paid),
        mean_days=_ratio(_sum(ledgers, "days_to_recovery"), paid),
        violations=int(_sum(ledgers, "violations")),
        attempts_per_invoice=_ratio(attempts, invoices),
        calibration=calibration([run.tally.predicted for run in runs if run.tally.predicted]),
        captures_by_tenth=captures_by_tenth(runs, reference),
    )


def capture(runs: Iterable[Run], reference: Iterable[Run]) -> float | None:
    """The share of the gap between the reference and the informed policy; None where there is no gap."""
    return _capture(gains_by_seed(runs, reference).values())


def capture_interval(
    runs: Sequence[Run], reference: Sequence[Run], resamples: int = RESAMPLES
) -> tuple[float | None, float | None]:
    """The 95 % bootstrap interval; seeds are drawn again jointly for all worlds. None for a single seed."""
    gains = list(gains_by_seed(runs, reference).values())
    if len(gains) < 2:
        return None, None
    chance = Random(95)
    drawn = (_capture(chance.choices(gains, k=len(gains))) for _ in range(resamples))
    found = sorted(value for value in drawn if value is not None)
    if not found:
        return None, None
    return found[int(0.025 * (len(found) - 1))], found[-1 - int(0.025 * (len(found) - 1))]


def gains_by_seed(runs: Iterable[Run], reference: Iterable[Run]) -> dict[int, tuple[float, float]]:
    """For each seed, summed over the worlds: what the policy and the informed one gain over the reference."""
    base = {(run.world, run.seed): run.tally.ledger["amount_recovered"] for run in reference}
    gains: dict[int, tuple[float, float]] = {}
    for run in runs:
        ledger, least = run.tally.ledger, base[run.world, run.seed]
        gained, possible = gains.get(run.seed, (0, 0))
        gains[run.seed] = (
            gained + ledger["amount_recovered"] - least,
            possible + ledger["amount_informed"] - least,
        )
    return gains


def calibration(predicted: Sequence[Sequence[Predicted]]) -> Calibration | None:
    """How probabilities compare with what happened, from the bins of some runs; None when there are none."""
    if not predicted:
        return None
    bins = [added(of_runs) for of_runs in zip(*predicted, strict=True)]
    total = added(bins)
    apart = sum(abs(one.expected - one.succeeded) for one in bins)
    count = total.attempts
    return Calibration(count, total.log_losses / count, total.squares / count, apart / count)


def captures_by_tenth(runs: Iterable[Run], reference: Iterable[Run]) -> list[float | None]:
    """The capture by tenths of each run's scored invoices, in time order; None where there is no gap, or no
    world tells what the informed policy recovers. Raises `ValueError` for runs of different invoices."""
    base = {(run.world, run.seed): run.tally.tenths for run in reference}
    gained, possible = [0.0] * TENTHS, [0.0] * TENTHS
    for run in runs:
        pairs = zip(run.tally.tenths, base[run.world, run.seed], strict=True)
        for place, (ours, least) in enumerate(pairs):
            if ours.invoices != least.invoices:
                raise ValueError(f"{run.world}, seed {run.seed}: not every policy met the same invoices")
            if ours.informed is not None:
                gained[place] += ours.recovered - least.recovered
                possible[place] += ours.informed - least.recovered
    return [_ratio(one, most) if most > 0 else None for one, most in zip(gained, possible, strict=True)]


def _capture(gains: Iterable[tuple[float, float]]) -> float | None:
    gained, possible = 0.0, 0.0
    for one, most in gains:
        gained, possible = gained + one, possible + most
    return gained / possible if possible > 0 else None


def _sum(ledgers: Iterable[Ledger], key: str) -> float:
    return float(sum(ledger[key] for ledger in ledgers))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
