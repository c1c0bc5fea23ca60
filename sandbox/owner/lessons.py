"""`dunwell lessons`: what a deployed stack has learnt, which version plans, and the way back to another.

It works on an AWS account, with its caller's own credentials.
"""

import json
import sys
from collections.abc import Sequence
from typing import Final

from dunwell.adapters.clock import SystemClock
from dunwell.adapters.lessons_store import DynamoLessonsStore
from dunwell.domain.smart_retries.lessons import LearntLessons
from dunwell.domain.smart_retries.off_policy import SURE_95
from dunwell.domain.smart_retries.standing import reported
from rich.console import Console
from rich.table import Table

from sandbox.owner.deployed import Account, advising, bind_table

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
            {"version": one.lessons.version, "until": f"{one.until}", "promoted": one.promoted, **one.report}
            for one in versions
        ]
        sys.stdout.write(json.dumps({"planning": planning, "versions": told}, indent=2) + "\n")
        return
    table = Table(title=f"Plans are made with {planning}", title_justify="left")
    for name in ("version", "promoted", "compared", "gain a prediction", "gain an invoice"):
        table.add_column(name, justify="left" if name in ("version", "promoted") else "right")
    for one in versions:
        standing = reported(one.report)
        foretold, earned = standing.foretold, standing.earned
        table.add_row(
            one.lessons.version,
            "yes" if one.promoted else "",
            f"{foretold.count:.0f}",
            f"{foretold.mean:+.4f}" if foretold.count else "-",
            f"{earned.mean:+.4f} ±{SURE_95 * earned.error:.4f}" if earned.count >= 2 else "-",
        )
    console.print(table)
