"""What one run comes to, in sums that add up over runs; amounts in minor units."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Final, NamedTuple

from sandbox.recovery.driver import Outcome, Record
from sandbox.recovery.estimates import Estimated, estimated
from sandbox.recovery.protocol import Ledger

BINS: Final = 10
TENTHS: Final = 10

_CLIP: Final = 1e-6


class Predicted(NamedTuple):
    """Of the attempts whose predicted chance lies in one bin: how many, successes expected and seen, and the
    sums of logarithmic losses and of squared errors."""

    attempts: int = 0
    expected: float = 0.0
    succeeded: int = 0
    log_losses: float = 0.0
    squares: float = 0.0


class Tenth(NamedTuple):
    """Of a tenth of the scored invoices, in time order: how many there are, the amounts recovered, and those
    that the informed policy recovers; None where the world does not say, or there are none."""

    invoices: int
    recovered: int
    informed: int | None


@dataclass(frozen=True, slots=True)
class Tally:
    """One run: the world's ledger, its invoices by tenths, its predictions by bins (none where there were no
    predictions), and its off-policy estimates."""

    ledger: Ledger
    tenths: tuple[Tenth, ...] = ()
    predicted: tuple[Predicted, ...] = ()
    estimated: Estimated | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One policy on one world and seed."""

    world: str
    seed: int
    policy: str
    tally: Tally


def tally_of(record: Record) -> Tally:
    """What a run's record comes to."""
    return Tally(
        record.ledger,
        by_tenths(record.outcomes),
        by_bins(record.predictions),
        estimated(record.choices),
    )


def by_tenths(outcomes: Sequence[Outcome]) -> tuple[Tenth, ...]:
    """The first tenth holds the first failures, however they are listed."""
    tenths: list[list[Outcome]] = [[] for _ in range(TENTHS)]
    for place, outcome in enumerate(sorted(outcomes, key=lambda one: one.opened_at)):
        tenths[place * TENTHS // len(outcomes)].append(outcome)
    return tuple(
        Tenth(len(tenth), sum(one.amount for one in tenth if one.recovered), _informed(tenth))
        for tenth in tenths
    )


def by_bins(predictions: Iterable[tuple[float, bool]]) -> tuple[Predicted, ...]:
    """Predicted chances, with whether each attempt succeeded, in bins of equal width."""
    bins = [Predicted()] * BINS
    for chance, succeeded in predictions:
        told = min(max(chance, _CLIP), 1 - _CLIP)
        loss = -log(told if succeeded else 1 - told)
        place = min(int(chance * BINS), BINS - 1)
        bins[place] = added([bins[place], Predicted(1, chance, succeeded, loss, (chance - succeeded) ** 2)])
    if not any(one.attempts for one in bins):
        return ()
    return tuple(bins)


def added(bins: Iterable[Predicted]) -> Predicted:
    """Several bins as one."""
    return Predicted(*(sum(parts) for parts in zip(*bins, strict=True)))


def _informed(outcomes: Sequence[Outcome]) -> int | None:
    told = bool(outcomes) and all(one.informed is not None for one in outcomes)
    return sum(one.amount for one in outcomes if one.informed) if told else None
