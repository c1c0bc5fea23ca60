"""A picture of what is believed of one made-up customer, and of the times that are chosen for them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from dunwell.domain.history import Group, History, PastAttempt
from dunwell.domain.payments import Failure
from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.curves import Payday
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.model import Room, SmartRetries
from dunwell.domain.smart_retries.pay_cycles import local_days
from dunwell.domain.smart_retries.posterior import Belief, Case, Decline, belief_in
from dunwell.domain.smart_retries.sentences import why

ZONE: Final = "Europe/Berlin"
FAILED_AT: Final = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
WINDOW: Final = timedelta(days=14)
RETRIES: Final = 4

_GROUP: Final = Group("a bank", "DE", "visa", "debit")


def paid_about_the_first() -> Case:
    """Half a year of payments that failed on the 20th and went through about the first; the last one failed
    on the 20th of March 2026."""
    own = []
    for year, month, paid_on in ((2025, 9, 2), (2025, 10, 2), (2025, 11, 1), (2026, 1, 1), (2026, 2, 2)):
        failed_at = datetime(year, month, 20, 9, tzinfo=UTC)
        paid_at = failed_at.replace(month=month + 1, day=paid_on)
        own += [
            PastAttempt(failed_at, succeeded=False, code="insufficient_funds"),
            PastAttempt(paid_at, succeeded=True),
        ]
    history = History(tuple(own), group=_GROUP)
    return Case((Decline(FAILED_AT, Failure(decline_code="do_not_honor")),), history, ZONE)


def planned_times(case: Case) -> tuple[list[datetime], str]:
    """The retries that are made when each of them fails, and the first one's reason."""
    model, times, reason = SmartRetries(exploring=False), list[datetime](), ""
    for left in range(RETRIES, 0, -1):
        opens = case.declines[-1].at + timedelta(hours=1)
        chosen = model.choose(case, Room(opens, FAILED_AT + WINDOW, left), "picture")
        if chosen is None:
            break
        reason = reason or why(chosen, case, model.lessons)
        times.append(chosen.option.at)
        case = Case((*case.declines, Decline(times[-1], case.declines[0].failure)), case.history, case.zone)
    return times, reason


def draw_posterior(figure: Any, ink: str, accent: str) -> None:
    """What the failure was, which pay days there may be, and how likely a first retry succeeds when."""
    case = paid_about_the_first()
    belief = belief_in(case, Lessons())
    times, reason = planned_times(case)
    causes, days, over = figure.subplot_mosaic([["causes", "days"], ["over", "over"]]).values()
    _draw_causes(causes, belief, accent)
    _draw_pay_days(days, belief, accent)
    zone = ZoneInfo(ZONE)
    hours = [FAILED_AT + timedelta(hours=n) for n in range(1, 24 * WINDOW.days + 1)]
    chances = [100 * belief.unlocked_chance(local_days(at, zone), 1.0) for at in hours]
    since = [(at - FAILED_AT) / timedelta(days=1) for at in hours]
    over.fill_between(since, chances, color=accent, alpha=0.15, linewidth=0)
    over.plot(since, chances, color=accent, linewidth=1.6)
    for number, at in enumerate(times, 1):
        day = (at - FAILED_AT) / timedelta(days=1)
        over.axvline(day, color=ink, linewidth=1, linestyle=":")
        told = f" {number}: {at.astimezone(zone):%d %b %H:%M} "
        side = "right" if day > 0.8 * WINDOW.days else "left"
        over.text(day, 106 if number % 2 else 92, told, ha=side)
    over.set_ylim(0, 118)
    over.set_yticks(range(0, 101, 25))
    over.set_xlim(0, WINDOW.days)
    over.set_xlabel("days after the failure")
    over.set_title("How likely the next retry succeeds, %, and the retries if each one fails", loc="left")
    figure.suptitle(reason.split(": ")[0], x=0.01, ha="left", fontsize=9)


def _draw_causes(axes: Any, belief: Belief, accent: str) -> None:
    likely = sorted((belief.of(cause), cause) for cause in Cause if belief.of(cause) > 0.002)
    axes.barh([cause for _, cause in likely], [100 * share for share, _ in likely], color=accent, height=0.6)
    axes.set_title("What was wrong, %", loc="left")


def _draw_pay_days(axes: Any, belief: Belief, accent: str) -> None:
    found: dict[int, float] = {}
    for curve, weight in zip(belief.curves, belief.weights, strict=True):
        if isinstance(curve, Payday) and curve.cycle.rhythm.startswith("monthly"):
            found[curve.cycle.phase] = found.get(curve.cycle.phase, 0.0) + weight
    axes.bar(list(found), [100 * share for share in found.values()], color=accent)
    axes.set_xlim(0, 32)
    axes.set_title("Paid once a month, on which day, %", loc="left")
