"""One sentence that says why a retry is made when it is made, from what the model believed."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dunwell.domain.history import PastAttempt
from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.curves import Payday
from dunwell.domain.smart_retries.hours import HOURS_BUCKET
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.model import BETTER_HOUR, Chosen
from dunwell.domain.smart_retries.pay_cycles import WORKING, PayCycle, Rhythm
from dunwell.domain.smart_retries.posterior import Case

SURE: Final = 0.35
"""Weight from which one pay cycle is worth naming."""

LOCKED: Final = 0.4
"""Probability of a lock from which it is worth naming."""

OTHERS_TOLD: Final = 2
"""As many other times are named at least, where there are any: a longer reason costs another write unit."""

WEEKDAYS: Final = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")

_CAUSES: Final = {
    Cause.FUNDS: "the account probably lacked money",
    Cause.LOCK: "the bank has probably locked the card for a while, and each decline prolongs it",
    Cause.OUTAGE: "the bank was probably out of reach",
    Cause.STALE: "the card is probably about to be replaced",
    Cause.DEAD: "the card probably pays no more",
    Cause.CHANCE: "the failure shows no pattern",
    Cause.ADVISED: "the card network's advice is probably right",
}


def why(chosen: Chosen, case: Case, lessons: Lessons) -> str:
    """The reason of a choice: what was probably wrong, what speaks for the time, and what else was
    considered."""
    zone = ZoneInfo(case.zone)
    cause = max(Cause, key=chosen.belief.of)
    parts = [f"{_CAUSES[cause]} ({chosen.belief.of(cause):.0%})"]
    if cause is Cause.FUNDS:
        told = _pay_cycle(chosen), _good_days(case.history.own, chosen.option.at, zone)
        parts += [one for one in told if one]
    parts += _bank(chosen, case, lessons)
    taken = chosen.option
    chance = lessons.calibrated(taken.chance)
    text = f"{'; '.join(parts)}: {_when(taken.at, zone)} their time succeeds with {chance:.0%}"
    if taken.retries > 1:
        text += f", the first of {taken.retries} retries that together succeed with {taken.together:.0%}"
    others = [option for option in chosen.considered if option is not chosen.option]
    others += chosen.others[: max(0, OTHERS_TOLD - len(others))]
    if others:
        listed = ", ".join(
            f"{_when(one.at, zone)} ({lessons.calibrated(one.chance):.0%}, then {one.together:.0%})"
            for one in others
        )
        text += f"; considered to begin with: {listed}"
    return text


def _bank(chosen: Chosen, case: Case, lessons: Lessons) -> list[str]:
    """What was learnt of the bank, where it matters to the time."""
    zone, belief, found = ZoneInfo(case.zone), chosen.belief, list[str]()
    effects = lessons.hour_effects(case.group)
    usual, then = (at.astimezone(zone).hour // HOURS_BUCKET for at in (case.declines[0].at, chosen.option.at))
    if effects[then] >= BETTER_HOUR * effects[usual]:
        begins, ends = then * HOURS_BUCKET, (then + 1) * HOURS_BUCKET
        more = effects[then] / effects[usual] - 1.0
        found.append(
            f"such cards are probably taken {more:.0%} more often from {begins:02}:00 to {ends:02}:00"
        )
    if belief.locked >= LOCKED:
        found.append("this bank locks cards for a while after a decline")
    return found


def _pay_cycle(chosen: Chosen) -> str | None:
    """The customer's pay days, where one rhythm stands out among all that is believed."""
    found: dict[str, float] = {}
    moved: dict[str, float] = {}
    for curve, weight in zip(chosen.belief.curves, chosen.belief.weights, strict=True):
        if isinstance(curve, Payday):
            name = _named(curve.cycle)
            found[name] = found.get(name, 0.0) + weight
            moved[name] = moved.get(name, 0.0) + weight * (curve.cycle.rhythm in WORKING)
    if not found or max(found.values()) < SURE:
        return None
    name = max(found, key=lambda name: found[name])
    before = " (the Friday before, where that is a weekend)" if moved[name] > found[name] / 2 else ""
    return f"paid {name}{before}, as it seems"


def _named(cycle: PayCycle) -> str:
    match cycle.rhythm:
        case Rhythm.WEEKLY:
            return f"every week on {WEEKDAYS[(cycle.phase - 1) % 7]}"
        case Rhythm.FORTNIGHTLY:
            return f"every other week on {WEEKDAYS[(cycle.phase - 1) % 7]}"
        case Rhythm.TWICE_MONTHLY | Rhythm.TWICE_MONTHLY_WORKING:
            return f"on the {_ordinal(cycle.phase)} and 15 days later"
        case _:
            return f"on the {_ordinal(cycle.phase)} of the month"


def _good_days(own: tuple[PastAttempt, ...], at: datetime, zone: ZoneInfo) -> str | None:
    """How often the customer's payments within a day of this day of the month went through, None where that
    does not speak for it."""
    day = at.astimezone(zone).day
    near = [attempt for attempt in own if abs(attempt.at.astimezone(zone).day - day) <= 1]
    good = sum(attempt.succeeded for attempt in near)
    if len(near) < 2 or 2 * good < len(near):
        return None
    return f"{good} of {len(near)} payments about the {_ordinal(day)} went through"


def _when(at: datetime, zone: ZoneInfo) -> str:
    local = (at + timedelta(seconds=30)).astimezone(zone)
    return f"{local:%a %d %b %H:%M}"


def _ordinal(day: int) -> str:
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"
