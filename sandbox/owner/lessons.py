"""`dunwell lessons`: what a deployed stack has learnt, which version plans, and the way back to another.

It works on an AWS account, with its caller's own credentials.
"""

import json
import math
import sys
from collections.abc import Sequence
from typing import Final

from dunwell.adapters.clock import SystemClock
from dunwell.adapters.lessons_store import DynamoLessonsStore
from dunwell.domain.smart_retries.lessons import LearntLessons
from dunwell.domain.smart_retries.off_policy import SURE_95
from dunwell.domain.smart_retries.standing import Gains, Normalised, Standing, reported
from rich.console import Console
from rich.table import Table

from sandbox.owner.deployed import Account, advising, bind_table

Gain = dict[str, float | None]

_ESTIMATORS: Final = ("doubly robust", "inverse propensity", "self-normalised")

_RIGHTS: Final = (
    "you need cloudformation:ListStackResources, and on the stack's lessons table dynamodb:Query, "
    "dynamodb:GetItem and dynamodb:PutItem"
)


def run_lessons(account: Account, version: str | None, console: Console, *, as_json: bool) -> int:
    """Lists the versions, or goes back to `version`. Raises `ValueError`, which says what to do."""
    with advising(_RIGHTS):
        bind_table(account, "LessonsTable")
        store = DynamoLessonsStore(SystemClock())
        if version is not None and not store.roll_back(version):
            raise ValueError(
                f"no lessons {version}: `dunwell lessons --stack {account.stack}` lists those there are"
            )
        _tell(store.versions(), store.promoted().version, console, as_json=as_json)
    return 0


def _tell(versions: Sequence[LearntLessons], planning: str, console: Console, *, as_json: bool) -> None:
    if as_json:
        told = [
            {
                **{"version": one.lessons.version, "until": f"{one.until}", "promoted": one.promoted},
                **one.report,
                "gains": _gains(reported(one.report)),
            }
            for one in versions
        ]
        sys.stdout.write(json.dumps({"planning": planning, "versions": told}, indent=2) + "\n")
        return
    table = Table(title=f"Plans are made with {planning}", title_justify="left")
    for name in ("version", "promoted", "compared", "gain a prediction", *_ESTIMATORS):
        table.add_column(name, justify="left" if name in ("version", "promoted") else "right")
    for one in versions:
        standing = reported(one.report)
        gains = [_in_words(gain) for gain in _gains(standing).values()]
        promoted, compared = "yes" if one.promoted else "", f"{standing.foretold.count:.0f}"
        table.add_row(one.lessons.version, promoted, compared, *gains)
    console.print(table)
    console.print("What an invoice's recovery gains by the first retry, as each estimator has it; ±: 95 %.")


def _gains(standing: Standing) -> dict[str, Gain]:
    """Means with what lies to both sides of them in 95 of 100 cases; None where too little was compared."""
    estimates: tuple[Gains | Normalised, ...] = (
        standing.foretold, standing.earned, standing.weighted, standing.normalised,
    )  # fmt: skip
    return {
        name: {
            "mean": one.mean if one.count else None,
            "side": SURE_95 * one.error if math.isfinite(one.error) else None,
        }
        for name, one in zip(("a prediction", *_ESTIMATORS), estimates, strict=True)
    }


def _in_words(gain: Gain) -> str:
    if gain["mean"] is None:
        return "-"
    return f"{gain['mean']:+.4f}" + (f" ±{gain['side']:.4f}" if gain["side"] is not None else "")
