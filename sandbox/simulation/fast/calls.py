"""Each method of a port as a call site: others may go first, and a fault may meet it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from dunwell.domain.payments import Failure, Outcome
from dunwell.errors import (
    EndpointFailedError,
    MailOutcomeUnknownError,
    MailUnavailableError,
    ProcessorUnavailableError,
)
from dunwell.records import ChargeResult

from sandbox.simulation.faults import BROKEN, INDEX_READS, MAIL, MONEY, READS, WRITES, Fault, Faults
from sandbox.simulation.scheduler import CrashError, Scheduler
from sandbox.simulation.trace import Trace
from sandbox.simulation.witness import ViolationError

CALL_TIMEOUT: Final = timedelta(seconds=3)
CHARGE_TIMEOUT: Final = timedelta(seconds=40)
SLOW: Final = timedelta(seconds=6)

TRANSACTIONS: Final = frozenset(
    {"invoices.save", "invoices.announce", "invoices.begin_final_action", "customers.save", "tallies.replace"}
)
"""Writes that carry a token: sent twice they are done once, and answered alike."""

RARE: Final = frozenset(
    {
        "customers.suppress", "deliveries.drop", "deliveries.keep", "deliveries.keep_health",
        "events.applied", "invoices.announce", "invoices.begin_final_action",
        "invoices.glances",
        "mailer.send",
        "processor.charge", "processor.credit", "processor.mark_uncollectible", "processor.open_invoices",
        "rate.admit",
    }
)  # fmt: skip
"""Calls of which a history makes few."""

URGENT: Final = frozenset(
    {"processor.charge", "processor.credit", "processor.mark_uncollectible", "mailer.send"}
)
"""Calls that are made right after the age of the reading they rest on was looked at."""

POSSIBLE: Final[Mapping[str, Sequence[Fault]]] = {
    "invoices.load": READS,
    "invoices.load_card": READS,
    "invoices.save": WRITES,
    "invoices.announce": WRITES,
    "invoices.begin_final_action": WRITES,
    "invoices.glances": READS,
    "invoices.ids_of_customer": READS,  # not lagging: docs/safety.md says what that would do
    "customers.load": READS,
    "customers.save": WRITES,
    "customers.move": WRITES,
    "customers.suppress": WRITES,
    "events.store": WRITES,
    "events.load": READS,
    "events.states": READS,
    "events.waiting": INDEX_READS,
    "events.ignore": WRITES,
    "events.applied": WRITES,
    "agenda.due": INDEX_READS,
    "agenda.lease": WRITES,
    "rate.admit": WRITES,
    "payments.of_customer": READS,
    "payments.of_issuer": READS,
    "lessons.promoted": READS,
    "pages.issue": WRITES,
    "pages.find": READS,
    "settings.current": READS,
    "queues.send": WRITES,
    "processor.read_invoice": READS,
    "processor.invoice_of_payment": READS,
    "processor.open_invoices": READS,
    "processor.events_since": READS,
    "processor.charge": MONEY,
    "processor.credit": MONEY,
    "processor.mark_uncollectible": MONEY,
    "mailer.send": MAIL,
    "bus.put": WRITES,
    "invoices.event": READS,
    "deliveries.load": READS,
    "deliveries.keep": WRITES,
    "deliveries.drop": WRITES,
    "deliveries.of_endpoint": READS,
    "deliveries.keep_health": WRITES,
    "endpoints.post": MAIL,
    "tallies.of": READS,
    "tallies.replace": WRITES,
}
"""Every call site of the fast model, and what may go wrong at it."""


class ServiceError(Exception):
    """AWS answers with an error, or with nothing."""


@dataclass(slots=True)
class Calls:
    """Makes each call, or has it fail. `move` lets time pass; `break_next` prepares a processor's failure."""

    scheduler: Scheduler
    faults: Faults
    trace: Trace
    move: Callable[[timedelta], None]
    break_next: Callable[[int], None]

    def make(self, site: str, call: Callable[[], Any]) -> Any:
        """The answer of a call. Raises what its port raises, or `CrashError`."""
        self.scheduler.pause(urgent=site in URGENT)
        fault = self.faults.draw(site, POSSIBLE[site], rare=site in RARE)
        self.trace.add(f"{site} {fault}" if fault else site)
        if fault is None:
            return call()
        if fault is Fault.SLOW:
            self.move(SLOW)
            return call()
        if fault is Fault.REPEATED:
            return _repeated(site, call)
        return self._fail(site, fault, call)

    def _fail(self, site: str, fault: Fault, call: Callable[[], Any]) -> Any:
        if fault is Fault.CRASH_BEFORE:
            raise CrashError
        if fault in BROKEN:
            self.break_next(BROKEN[fault])
            return call()
        if fault in (Fault.LOST, Fault.TIMEOUT_AFTER, Fault.CRASH_AFTER):
            _done(call)
        if fault in (Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER):
            self.move(CHARGE_TIMEOUT if site == "processor.charge" else CALL_TIMEOUT)
        if fault is Fault.CRASH_AFTER:
            raise CrashError
        return _answer(site, fault)


class Sited:
    """A port whose methods are call sites, named `<port>.<method>`."""

    def __init__(self, name: str, port: Any, calls: Calls) -> None:
        self._name, self._port, self._calls = name, port, calls
        self._before: dict[str, list[Any]] = {}

    def __getattr__(self, method: str) -> Any:
        site, target, make = f"{self._name}.{method}", getattr(self._port, method), self._calls.make
        paged = site in ("agenda.due", "events.waiting", "processor.open_invoices", "processor.events_since")

        def call(*args: Any, **named: Any) -> Any:
            return make(site, lambda: target(*args, **named))

        def pages(*args: Any, **named: Any) -> Iterator[Any]:
            found = self._fresh_or_stale(site, lambda: list(target(*args, **named)))
            for number, page in enumerate(found):
                if number:
                    make(site, list)  # each page is a call of its own
                yield page

        made = pages if paged else call
        setattr(self, method, made)
        return made

    def _fresh_or_stale(self, site: str, read: Callable[[], list[Any]]) -> list[Any]:
        """What an index shows: now and then what it showed to the last one who asked."""
        try:
            found: list[Any] = self._calls.make(site, read)
        except StaleReadError:
            return self._before.get(site, [])
        self._before[site] = found
        return found


class StaleReadError(ServiceError):
    """The index answers with what was so a moment ago."""


def _done(call: Callable[[], Any]) -> None:
    """The effect whose answer nobody hears: an error answer is lost as well."""
    try:
        call()
    except (CrashError, ViolationError):
        raise
    except Exception:  # whatever it was, its answer is lost
        return


def _repeated(site: str, call: Callable[[], Any]) -> Any:
    if site in TRANSACTIONS:
        return call()
    _done(call)
    return call()


def _answer(site: str, fault: Fault) -> Any:
    """How a port tells of a call that failed, or whose answer is lost."""
    if fault is Fault.STALE:
        raise StaleReadError(site)
    if site == "processor.charge":
        return ChargeResult(Outcome.UNKNOWN, Failure(code=fault))
    if site.startswith("processor."):
        raise ProcessorUnavailableError(fault)
    if site == "endpoints.post":
        raise EndpointFailedError(fault)
    if site == "mailer.send":
        raise MailUnavailableError(fault) if fault is Fault.THROTTLED else MailOutcomeUnknownError(fault)
    raise ServiceError(f"{site}: {fault}")
