"""One history's world: the sandbox with everything around it that the simulation needs."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import boto3
from dunwell.adapters.codec import to_plain
from dunwell.adapters.ses_events import MESSAGE_TAG, from_tag
from dunwell.domain.policies import Settings

from sandbox.cloud.calls import Call
from sandbox.cloud.queues import QueuePoller
from sandbox.cloud.schedules import Schedule
from sandbox.cloud.streams import StreamReader
from sandbox.cloud.translation import REGION
from sandbox.fake_stripe.bank import ScriptedBank
from sandbox.fake_stripe.webhooks import Disorder
from sandbox.simulation.choices import Choices
from sandbox.simulation.faults import Faults
from sandbox.simulation.full.calls import FullCalls
from sandbox.simulation.full.doors import amount_missing, forge, markup_in, written
from sandbox.simulation.full.stored import events_of, redrive_all, snapshot_of
from sandbox.simulation.invariants import ASKED_CHECKS, MAILED_CHECKS, Snapshot
from sandbox.simulation.scheduler import Scheduler, Task
from sandbox.simulation.trace import Trace
from sandbox.simulation.visits import Visits
from sandbox.simulation.witness import ViolationError, Witness
from sandbox.simulation.world import DOUBLED_PER_MILLE, QUOTA_PERIOD, SKEWS, Wake
from sandbox.stack import WEBHOOK_SECRET, Options, Sandbox, open_sandbox

DELAYS: Final = tuple(timedelta(seconds=s) for s in (5, 120, 7_200, 90_000, 259_000))
"""How late webhooks come at the most, by history."""

ADDRESS: Final = "address#"
"""Begins the row of a customer's address that bounced."""

PAGE_MAX: Final = 2
"""Objects on one page of the processor's lists: few, so that small worlds have page boundaries, too."""


@contextmanager
def open_full_world(
    start: datetime, settings: Settings, choices: Choices, faults: Faults, *, disordered: bool, told: bool
) -> Iterator["FullWorld"]:
    """Deploys the template, and lets every call of a function be a call site."""
    bank, disorder = ScriptedBank(), Disorder()
    if disordered:
        disorder = Disorder(choices.one_of(DELAYS), choices.one_of((0.0, 0.2)))
    seed, skew = 1 + choices.below(1000), choices.one_of(SKEWS)
    options = Options(document(settings), bank, disorder=disorder, seed=seed, skew=skew)
    with open_sandbox(start, options) as sandbox:
        world = FullWorld(sandbox, bank, settings, choices, faults, told=told)
        with world.calls.stripe():
            yield world


def document(settings: Settings) -> dict[str, Any]:
    """Settings as the owner writes them."""
    plain: dict[str, Any] = to_plain(settings)
    plain.pop("version", None)
    plain["tolerance"] = {code: money.amount for code, money in settings.tolerance.items()}
    return plain


class FullWorld:
    """See `World`."""

    def __init__(
        self,
        sandbox: Sandbox,
        bank: ScriptedBank,
        settings: Settings,
        choices: Choices,
        faults: Faults,
        *,
        told: bool,
    ) -> None:
        self.sandbox, self.bank, self.choices, self.faults = sandbox, bank, choices, faults
        self.account = sandbox.account
        self.scheduler = Scheduler(choices, entered=_enter, left=_leave)
        self.trace = Trace(self.now, kept=told)
        self.witness = Witness(self.account, self.scheduler, settings, self.now, ASKED_CHECKS, MAILED_CHECKS)
        self.calls = FullCalls(self.scheduler, faults, self.trace, self._take, sandbox.api)
        sandbox.calls.guards = [self.calls.aws, *sandbox.calls.guards, self._see_mail, self._see_bounce]
        sandbox.api.page_max = PAGE_MAX
        self._handle = sandbox.api.handle
        sandbox.api.handle = lambda request: self.witness.watch(request, self._handle)  # type: ignore[method-assign]
        sandbox.webhooks.deliver = self._deliver(sandbox.webhooks.deliver)
        sandbox.post_office.fate = lambda to: ("Bounce",) if to in self._bouncing else ("Delivery",)
        for poller in sandbox.driver.queues:
            poller.is_doubled = lambda: faults.left > 0 and choices.chance(DOUBLED_PER_MILLE)
        self._bouncing: set[str] = set()
        self._nights_apart = 7
        self._sweeps = True
        self._rotated = 0
        self.visits = Visits(self.witness)
        self._visited = 0
        self._fires_at = {s.name: s.next_after(self.now()) for s in sandbox.driver.wiring.schedules}

    # ------------------------------------------------------------------------------------------ time

    def now(self) -> datetime:
        return self.sandbox.driver.now()

    def move_to(self, instant: datetime) -> None:
        if instant > self.now():
            self.sandbox.driver.clock.move_to(instant, tick=False)

    def _take(self, time: timedelta) -> None:
        self.sandbox.driver.clock.shift(time)

    def next_at(self) -> datetime | None:
        now, driver = self.now(), self.sandbox.driver
        instants = [queue.next_at(now) for queue in driver.queues]
        instants += [stream.next_at(now) for stream in driver.streams]
        instants += [now for _ in self.visits.waiting[:1]]
        instants += [outside.next_at() for outside in driver.outsides]
        instants += [self._worth_playing_at(schedule) for schedule in driver.wiring.schedules]
        return min((at for at in instants if at is not None), default=None)

    def _worth_playing_at(self, schedule: Schedule) -> datetime | None:
        """When a schedule next fires and finds something; one night of the week stands for all."""
        at = self._fires_at[schedule.name]
        found = self._work_of(schedule)
        if found is None:
            return None
        return at if at >= found else schedule.next_after(found)

    def _work_of(self, schedule: Schedule) -> datetime | None:
        """From when on a firing finds work, None when there is none."""
        if schedule.function == "ReconciliationSweep" and not self._sweeps:
            return None
        if schedule.every is None and schedule.function == "ReconciliationSweep":
            return self._next_comparison(schedule)
        if schedule.function == "ReconciliationSweep":
            return self.sandbox.driver.work_of["ReconciliationSweep"]()
        if schedule.function == "PastDueSweep":
            return self.sandbox.driver.earliest_due("final")
        return self.sandbox.driver.earliest_due()

    def _next_comparison(self, schedule: Schedule) -> datetime:
        at = self._fires_at[schedule.name]
        while at.day % self._nights_apart:
            at = schedule.next_after(at)
        return at

    # ----------------------------------------------------------------------------------------- wakes

    def wakes(self) -> list[Wake]:
        now, driver = self.now(), self.sandbox.driver
        found = list(self.visits.waiting)
        sources: list[QueuePoller | StreamReader] = [*driver.queues, *driver.streams]
        found += [self._poll(source) for source in sources if source.next_at(now) == now]
        found += [
            Wake(outside.name, outside.advance)
            for outside in driver.outsides
            if (at := outside.next_at()) is not None and at <= now
        ]
        for schedule in driver.wiring.schedules:
            worth = self._worth_playing_at(schedule)
            if worth is not None and worth <= now:
                found.append(Wake(f"{schedule.function} {schedule.name}", partial(self._fire, schedule)))
        return found

    def _poll(self, source: QueuePoller | StreamReader) -> Wake:
        return Wake(source.mapping.function, lambda: source.advance(self.now()))

    def _fire(self, schedule: Schedule) -> None:
        self._fires_at[schedule.name] = schedule.next_after(self.now())
        self.sandbox.driver.fire(schedule)

    def _deliver(
        self, deliver: Callable[[bytes, dict[str, str]], int] | None
    ) -> Callable[[bytes, dict[str, str]], int]:
        def checked(body: bytes, headers: dict[str, str]) -> int:
            if deliver is None:
                raise RuntimeError("nowhere to deliver to")
            status, event_id = deliver(body, headers), json.loads(body)["id"]
            if status == 200 and event_id not in events_of(self.sandbox):
                raise ViolationError("E1", f"{event_id} was answered with 200 and is not stored")
            return status

        return checked

    def _see_mail(self, call: Call, go: Callable[[], Any]) -> Any:
        """A `Guard`: each mail is judged as the mail service takes it."""
        if (call.service, call.operation) == ("sesv2", "SendEmail"):
            tags = {tag["Name"]: from_tag(tag["Value"]) for tag in call.params["EmailTags"]}
            to = call.params["Destination"]["ToAddresses"][0]
            keys = [told for name, told in tags.items() if name.startswith(MESSAGE_TAG)]
            said = [(key, key.split(":", 1)[0], key.split(":", 1)[1]) for key in keys]
            data = call.params["Content"]["Raw"]["Data"]
            self.witness.judge("X3", markup_in(data))
            for mail in self.witness.mailed(tags["customer"], to, said):
                self.witness.judge("R5", amount_missing(data, mail))
        return go()

    def _see_bounce(self, call: Call, go: Callable[[], Any]) -> Any:
        """A `Guard`: from when on it is stored that an address bounced."""
        answer = go()
        if (call.function, call.operation) == ("EmailFeedback", "PutItem"):
            part = call.params["Item"]["part"]["S"]
            if part.startswith(ADDRESS):
                self.witness.has_bounced(part.removeprefix(ADDRESS))
        return answer

    # ----------------------------------------------------------------------------- what the owner does

    def apply(self, settings: Settings) -> None:
        self.sandbox.apply_settings(document(settings))
        self.witness.has_set(settings)

    def choose(self, invoice_id: str, choice: str, form: Mapping[str, str]) -> None:
        self._visited += 1
        token = f"{invoice_id}.{self._visited:032d}"

        def visit() -> None:
            self.sandbox.put_link(token)
            path, body = f"/i/{token}/{choice}", urlencode(form).encode()
            status = self.sandbox.driver.request("POST", path, body, {})
            if status == 303:
                self.witness.has_said(invoice_id, choice, form)
            elif status >= 500:
                self.witness.may_have_said(invoice_id)

        self.visits.add(f"HostedInvoice {choice}", invoice_id, visit)

    def poison(self) -> None:
        urls = [poller.mapping.queue_url for poller in self.sandbox.driver.queues]
        client = boto3.client("sqs", region_name=REGION)
        client.send_message(QueueUrl=self.choices.one_of(urls), MessageBody='{"nonsense": "1"}')

    def forge(self) -> None:
        with self.faults.spared():  # without its secret the intake can only answer 500, to whomever
            found = forge(self.sandbox)
        if found is not None:
            raise ViolationError("E6", found)

    def doors(self) -> Iterator[tuple[str, str]]:
        return written(self.sandbox)

    def redrive(self) -> int:
        moved, left = redrive_all()
        self.witness.judge("O3", f"{left} dead letters lie where they were redriven from" if left else None)
        return moved

    def rotate_secret(self) -> None:
        self._rotated += 1
        self.sandbox.rotate_webhook_secret(f"{WEBHOOK_SECRET}_{self._rotated}")

    def deploy(self) -> None:
        self.sandbox.functions.recycle()

    def use_up_quota(self) -> None:
        self.sandbox.post_office.full_until = self.now() + QUOTA_PERIOD

    def stop_sweeps(self) -> None:
        self._sweeps = False

    def lose_webhooks(self) -> None:
        self.sandbox.webhooks.drop_waiting()

    def bounce(self, address: str) -> None:
        self._bouncing.add(address)

    def break_endpoint(self, url: str) -> None:
        self.sandbox.merchant.toggle(url)

    def deliver_all(self, event_ids: Sequence[str]) -> None:
        (poller,) = [p for p in self.sandbox.driver.queues if p.mapping.function == "EventProcessing"]
        for event_id in event_ids:
            self.sandbox.webhooks.send(self.account.objects["event"][event_id])
            while poller.advance(self.now()):
                pass

    def rest(self) -> None:
        self.sandbox.merchant.down.clear()
        self._nights_apart = 1
        self.sandbox.post_office.full_until = None

    def snapshot(self) -> Snapshot:
        return snapshot_of(self.sandbox)


def _leave(task: Task) -> None:
    """A task stands still: its function's environment is kept for it."""
    task.environment = dict(os.environ)


def _enter(task: Task) -> None:
    if task.environment is not None:
        os.environ.clear()
        os.environ.update(task.environment)
