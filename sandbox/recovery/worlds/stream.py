"""What an application hears of a world, in time order, and the invoices that it may retry."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count

from sandbox.recovery.protocol import Event
from sandbox.recovery.worlds.chance import draw
from sandbox.recovery.worlds.codes import Failure
from sandbox.recovery.worlds.people import DAYS, Bill, Person, calendar_of, draw_bills, draw_person
from sandbox.recovery.worlds.recipe import Recipe
from sandbox.recovery.worlds.truth import Truth


@dataclass(frozen=True, slots=True)
class Opened:
    """An invoice whose first attempt failed, and why; the lock ends at an hour, 0 where there is none."""

    bill: Bill
    cause: str
    failure: Failure
    locked_until: int
    scored: bool


@dataclass(frozen=True, slots=True)
class Stream:
    """The events in time order, and the invoices that failed, by id in time order."""

    truth: Truth
    events: list[Event]
    opened: dict[str, Opened]


@lru_cache(maxsize=2)
def draw_stream(recipe: Recipe, seed: int, invoices: int) -> Stream:
    """Customers are added until about so many scored invoices have failed; kept for the next policy."""
    truth = Truth(recipe, seed, calendar_of(seed))
    events: list[Event] = []
    opened: list[Opened] = []
    scored = 0
    for number in count():
        person = draw_person(recipe, seed, number)
        heard, failed = _hear(truth, person)
        events += heard
        opened += failed
        scored += sum(one.scored for one in failed)
        if scored >= invoices:
            break
    events.sort(key=lambda event: (event["at"], event["customer"]))
    opened.sort(key=lambda one: (one.bill.at, one.bill.person.id))
    return Stream(truth, events, {one.bill.id: one for one in opened})


def _hear(truth: Truth, person: Person) -> tuple[list[Event], list[Opened]]:
    """One customer's events. A dead card that nobody replaces ends the subscription."""
    events: list[Event] = []
    opened: list[Opened] = []
    wallet, calendar = person.wallet, truth.calendar
    if wallet.replaced_at_hour is not None and wallet.replaced_at_hour < DAYS * 24:
        at = calendar.started_at + timedelta(hours=wallet.replaced_at_hour)
        events.append(_event(truth, person, "payment_method.automatically_updated", at, {}))
    for bill in draw_bills(truth.recipe, truth.seed, person):
        due = {"invoice": bill.id, "amount": bill.amount, "currency": truth.recipe.currency}
        cause = truth.cause(bill, bill.hour, 0)
        if cause is None:
            events.append(_event(truth, person, "invoice.paid", bill.at, due))
            continue
        failure = truth.told(bill, bill.hour, cause, 0)
        told = {**due, "failure": failure}
        events.append(_event(truth, person, "invoice.payment_failed", bill.at, told))
        locked_until = truth.lock_after(bill, bill.hour, cause, 0)
        opened.append(Opened(bill, cause, failure, locked_until, bill.at >= calendar.scored_from))
        if wallet.is_dead(bill.hour) and wallet.replaced_at_hour is None:
            break
    return events, opened


def _event(truth: Truth, person: Person, kind: str, at: datetime, more: dict[str, object]) -> Event:
    hour = truth.calendar.hour(at)
    devices = 1 + int(draw(truth.seed, person.number, hour, "devices") ** 6 * 4)
    return {
        "type": kind,
        "at": at,
        "customer": person.id,
        "payment_method": person.payment_method,
        "card": person.wallet.shown(hour),
        "time_zone": person.zone.key,
        "device_count_24h": devices,
        **more,
    }
