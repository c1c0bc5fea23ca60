"""The fast model: use cases, ports in memory, the fake Stripe's account, in one process and one clock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from dunwell.batches import one_message
from dunwell.domain.feedback import MailReport
from dunwell.domain.policies import Settings
from dunwell.workers import Lane, Worker

from sandbox.fake_stripe.account import Account
from sandbox.fake_stripe.api import StripeAPI
from sandbox.fake_stripe.bank import ScriptedBank
from sandbox.merchant import MemoryEndpoints, Merchant
from sandbox.simulation.choices import Choices
from sandbox.simulation.fast.application import FastApplication
from sandbox.simulation.fast.calls import Calls, Sited
from sandbox.simulation.fast.mail import MemoryMail
from sandbox.simulation.fast.parts import (
    CurrentSettings,
    Silence,
    VirtualClock,
)
from sandbox.simulation.fast.processor import FastProcessor
from sandbox.simulation.fast.queues import MemoryQueues, Message
from sandbox.simulation.fast.schedules import Schedules
from sandbox.simulation.fast.stores import FastStores
from sandbox.simulation.fast.streams import MemoryBus, MemoryStreams
from sandbox.simulation.fast.webhooks import Delivery, MemoryWebhooks
from sandbox.simulation.faults import Faults
from sandbox.simulation.invariants import ASKED_CHECKS, MAILED_CHECKS, Snapshot
from sandbox.simulation.scheduler import Scheduler
from sandbox.simulation.trace import Trace
from sandbox.simulation.visits import Visits
from sandbox.simulation.witness import ViolationError, Witness
from sandbox.simulation.world import DOUBLED_PER_MILLE, QUOTA_PERIOD, SKEWS, Wake


class FastWorld:
    """See `World`."""

    def __init__(
        self,
        start: datetime,
        settings: Settings,
        choices: Choices,
        faults: Faults,
        *,
        disordered: bool,
        told: bool,
    ) -> None:
        self.clock = VirtualClock(start)
        self.choices, self.faults = choices, faults
        self.scheduler = Scheduler(choices)
        self.trace = Trace(self.clock.now, kept=told)
        self.bank = ScriptedBank()
        self.skew = choices.one_of(SKEWS)
        self.account = Account(self.bank, lambda: self.clock.at + self.skew)
        api = StripeAPI(self.account, "key")
        self.witness = Witness(
            self.account, self.scheduler, settings, self.clock.now, ASKED_CHECKS, MAILED_CHECKS
        )
        self.webhooks = MemoryWebhooks(self.account, self.witness, choices, disordered)
        self.settings = CurrentSettings(settings)
        self.kept = FastStores(self.clock, self.witness, choices)
        self.merchant = Merchant()
        self.queues = MemoryQueues(self.clock)
        self.mail = MemoryMail(self.clock, self.witness, choices)
        self.visits, self.bus = Visits(self.witness), MemoryBus()
        self.streams = MemoryStreams(self.kept.invoices, self.kept.customers, self._run, self.now)
        self.schedules, self.telling = Schedules(settings.time_zone, start), Silence()
        calls = Calls(self.scheduler, faults, self.trace, self._take, partial(setattr, api, "breaks_next"))
        processor = FastProcessor(self.account, api, self.witness, self.clock)
        self._sited = {name: Sited(name, port, calls) for name, port in self._ports(processor).items()}
        self._sweeps = True
        self.deploy()

    def _ports(self, processor: FastProcessor) -> dict[str, object]:
        """What the use cases speak to, by the names that their call sites begin with."""
        return {
            **self.kept.ports(),
            "queues": self.queues,
            "processor": processor,
            "settings": self.settings,
            "mailer": self.mail,
            "bus": self.bus,
            "endpoints": MemoryEndpoints(self.merchant),
        }

    # ------------------------------------------------------------------------------------------ time

    def now(self) -> datetime:
        return self.clock.at

    def move_to(self, instant: datetime) -> None:
        self.clock.at = max(self.clock.at, instant)

    def _take(self, time: timedelta) -> None:
        self.clock.at += time

    def next_at(self) -> datetime | None:
        instants = [self.queues.next_at(), self._processor_acts_at(), self._next_tick()]
        instants.append(self.streams.next_at())
        instants += [self.clock.at for _ in self.visits.waiting[:1]]
        instants += [delivery.at for delivery in self.webhooks.under_way]
        instants += [at for at, _, _ in self.mail.reports]
        return min((at for at in instants if at is not None), default=None)

    def _processor_acts_at(self) -> datetime | None:
        """By our clock, when the processor's says that it is time."""
        at = self.account.next_at()
        return at - self.skew if at is not None else None

    def _next_tick(self) -> datetime | None:
        due, final = self._due_at(), self.kept.agenda.earliest(Lane.FINAL)
        return self.schedules.next_at(due, waits=self._waits(), final=final, nightly=self._sweeps)

    def _due_at(self) -> datetime | None:
        """When the minute's dispatch finds something."""
        found = [self.kept.agenda.earliest(lane) for lane in (Lane.WORK, Lane.WEBHOOKS)]
        return min((at for at in found if at is not None), default=None)

    def _waits(self) -> bool:
        """Whether a sweep finds an event that is not applied, or was told of and not stored."""
        return self._sweeps and (
            bool(self.kept.events.stored_at) or self.webhooks.forget(self.kept.events.fates) > 0
        )

    # ----------------------------------------------------------------------------------------- wakes

    def wakes(self) -> list[Wake]:
        now = self.clock.at
        found = [Wake(visit.name, partial(self._run, visit.work)) for visit in self.visits.waiting]
        found += [
            Wake(f"webhook {d.event['type']}", partial(self._deliver, d))
            for d in self.webhooks.under_way
            if d.at <= now
        ]
        found += [Wake(f"{m.worker} {dict(m.body)}", partial(self._work, m)) for m in self.queues.visible()]
        found += [
            Wake(f"email_feedback {report.feedback}", partial(self.mail.tell, (at, to, report), self._hear))
            for at, to, report in self.mail.reports
            if at <= now
        ]
        found += self.streams.wakes(self.application)
        upcoming = self._processor_acts_at()
        if upcoming is not None and upcoming <= now:
            found.append(Wake("the processor acts by itself", self.account.advance))
        found += self._ticks(now)
        return found

    def _ticks(self, now: datetime) -> Iterator[Wake]:
        schedules, application = self.schedules, self.application
        due, final = self._due_at(), self.kept.agenda.earliest(Lane.FINAL)
        if due is not None and max(due, schedules.dispatch_at) <= now:
            yield self._tick("due_dispatch", application.due_dispatch.run)
        if final is not None and max(final, schedules.sweep_at(final)) <= now:
            yield self._tick("past_due_sweep", lambda: application.dispatching.run(Lane.FINAL))
        if schedules.nightly_at <= now and self._sweeps:
            yield self._tick("reconciliation_sweep", lambda: application.sweep.run(everything=True))
        if schedules.catch_up_at <= now and self._waits():
            yield self._tick("catch_up", lambda: application.sweep.run(everything=False))

    def _tick(self, name: str, work: Callable[[], object]) -> Wake:
        def fire() -> None:
            self.schedules.fired(name, self.clock.at)
            self._run(work)

        return Wake(name, fire)

    def _run(self, work: Callable[[], object]) -> bool:
        """One invocation: what it raises ends it, as Lambda ends it. Whether it went well."""
        try:
            work()
        except ViolationError:
            raise
        except Exception as error:
            self.trace.add(f"failed: {type(error).__name__}")
            return False
        return True

    def _deliver(self, delivery: Delivery) -> None:
        self.webhooks.under_way.remove(delivery)
        answered: list[int] = []
        event_id = delivery.event["id"]
        try:
            self._run(
                lambda: answered.append(self.application.intake.run(event_id.encode(), "signed").status)
            )
        finally:
            if answered and answered[0] == 200:
                self.webhooks.done(delivery)
                if event_id not in self.kept.events.fates:
                    raise ViolationError("E1", f"{event_id} was answered with 200 and is not stored")
            else:
                self.webhooks.again(delivery, self.clock.at)

    def _work(self, message: Message) -> None:
        if not self.queues.receive(message):
            return
        if self.faults.left and self.choices.chance(DOUBLED_PER_MILLE):
            message.visible_at = self.clock.at  # at least once: handed out to another poller as well
        if self._run(
            lambda: one_message(message.body, self.telling, self.application.workers[message.worker])
        ):
            self.queues.delete(message)

    def _hear(self, told: MailReport) -> bool:
        return self._run(lambda: self.application.feedback.run(told))  # type: ignore[arg-type]

    # ----------------------------------------------------------------------------- what the owner does

    def apply(self, settings: Settings) -> None:
        self.settings.value = settings
        self.witness.has_set(settings)

    def choose(self, invoice_id: str, choice: str, form: Mapping[str, str]) -> None:
        token = self.kept.pages.issue(invoice_id)

        def visit() -> None:
            view = self.application.hosted.choose(token, choice, form)
            if view is not None and view.refused is None:
                self.witness.has_said(invoice_id, choice, form)

        self.visits.add(f"hosted_invoice {choice}", invoice_id, visit)

    def poison(self) -> None:
        self.queues.send(self.choices.one_of(tuple(Worker)), [{"nonsense": "1"}])

    def forge(self) -> None:
        known = len(self.kept.events.events)
        try:
            status = self.application.intake.run(b"evt_forged", None).status
        except Exception as error:
            raise ViolationError("E6", f"a forged webhook raised {type(error).__name__}") from error
        if not 400 <= status < 500 or len(self.kept.events.events) != known:
            raise ViolationError("E6", f"a forged webhook was answered with {status}")

    def doors(self) -> Iterator[tuple[str, str]]:
        """None: what is written goes through the adapters, which are not here."""
        yield from ()

    def redrive(self) -> int:
        return self.queues.redrive()

    def rotate_secret(self) -> None:
        self.webhooks.rotate()

    def deploy(self) -> None:
        port = self._sited.__getitem__
        self.application = FastApplication(port, self.webhooks, self.clock, self.telling)

    def use_up_quota(self) -> None:
        self.mail.full_until = self.clock.at + QUOTA_PERIOD

    def stop_sweeps(self) -> None:
        self._sweeps = False

    def lose_webhooks(self) -> None:
        self.webhooks.lose()

    def bounce(self, address: str) -> None:
        self.mail.bouncing.add(address)

    def deliver_all(self, event_ids: Sequence[str]) -> None:
        for event_id in event_ids:
            event = self.account.objects["event"][event_id]
            delivery = Delivery(self.clock.at, event, self.clock.at)
            self.webhooks.under_way.append(delivery)
            self._deliver(delivery)
            while waiting := [m for m in self.queues.messages if m.worker is Worker.EVENT_PROCESSING]:
                self._work(waiting[-1])

    def break_endpoint(self, url: str) -> None:
        self.merchant.toggle(url)

    def rest(self) -> None:
        self.merchant.down.clear()
        self.schedules.every_night(self.clock.at)
        self.mail.full_until = None

    def snapshot(self) -> Snapshot:
        return self.kept.snapshot(self.clock.at, self.queues, self.bus, self.merchant)
