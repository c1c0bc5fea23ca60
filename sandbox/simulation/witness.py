"""What the processor and the mail service saw: the only ground on which a history is judged.

Nothing here is read from the application's own tables.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from dunwell.domain.policies import Settings, Stop

from sandbox.fake_stripe.account import Account
from sandbox.fake_stripe.api import Request, Response
from sandbox.simulation.observations import Asked, Mailed, Said, Seen, State, Told
from sandbox.simulation.scheduler import Scheduler, Task

OWN: Final = "dunwell"
"""Origin of charges that our requests made; others are the payer's or the processor's engine's."""

_INVOICE: Final = re.compile(r"/v1/invoices/([^/]+)(?:/(pay|mark_uncollectible))?")


class ViolationError(Exception):
    """An invariant does not hold: its name, and what was seen."""

    def __init__(self, invariant: str, seen: str) -> None:
        super().__init__(f"{invariant}: {seen}")
        self.invariant = invariant
        self.seen = seen


AskedCheck = Callable[["Witness", Asked], str | None]
MailedCheck = Callable[["Witness", Mailed], str | None]


@dataclass(slots=True)
class Witness:
    """Sees every request and every mail, and has the invariants judge each at once.

    `settings` are the owner's at the time, `now` is our own clock.
    """

    account: Account
    scheduler: Scheduler
    settings: Settings
    now: Callable[[], datetime]
    asked_checks: tuple[tuple[str, AskedCheck], ...]
    mailed_checks: tuple[tuple[str, MailedCheck], ...]
    origin: str = "engine"
    origins: dict[str, str] = field(default_factory=dict)
    told_at: dict[str, int] = field(default_factory=dict)
    """As which happening each charge first was told of."""
    asks: list[Asked] = field(default_factory=list)
    mails: list[Mailed] = field(default_factory=list)
    taken: list[Mailed] = field(default_factory=list)
    """All mails that the service took, those with them that it did not send after all."""
    said: dict[str, list[Said]] = field(default_factory=dict)
    """What each invoice's payer has chosen."""
    unsure: set[str] = field(default_factory=set)
    """Invoices on which a choice may have been taken down."""
    suppressed: dict[str, int] = field(default_factory=dict)
    """Addresses that bounced, and as which happening that became known."""
    ever_stopped: bool = False
    """Whether the owner ever stopped charging."""
    charging_stopped_at: datetime | None = None
    mail_stopped_at: datetime | None = None
    _seen: dict[tuple[Task | None, str], Seen] = field(default_factory=dict)
    _told: dict[str, list[Told]] = field(default_factory=dict)
    _kept: dict[str, int] = field(default_factory=dict)
    found: ViolationError | None = None
    """The first violation of all."""
    _order: int = 0

    def __post_init__(self) -> None:
        self.account.listeners.append(self._hear)

    def has_set(self, settings: Settings) -> None:
        """The owner's settings from now on; a switch that is thrown already holds since it was."""
        self.settings, now, stop = settings, self.now(), settings.stop
        self.ever_stopped |= stop.charging
        self.charging_stopped_at = (self.charging_stopped_at or now) if stop.charging else None
        self.mail_stopped_at = (self.mail_stopped_at or now) if stop.mail else None

    def settings_at_rest(self) -> Settings:
        """The owner's settings without switches that hold things up."""
        return replace(self.settings, stop=Stop())

    def state_of(self, invoice_id: str) -> State:
        invoice = self.account.objects["invoice"][invoice_id]
        return State(
            invoice["status"],
            invoice["total"],
            invoice["amount_paid"],
            invoice["amount_remaining"],
            invoice["currency"],
            self.account.is_processing(invoice),
            _is_handed(invoice),
        )

    def charges_of(self, invoice_id: str) -> list[dict[str, Any]]:
        """All charges on an invoice, oldest first."""
        intents = {p["payment"]["payment_intent"] for p in self.account.payments_of(invoice_id)}
        return [c for c in self.account.objects["charge"].values() if c["payment_intent"] in intents]

    @contextmanager
    def by(self, origin: str) -> Iterator[None]:
        """Within it charges are made by somebody else than the processor's engine."""
        before, self.origin = self.origin, origin
        try:
            yield
        finally:
            self.origin = before

    def has_read(self, invoice_id: str) -> None:
        """The running task was told the invoice's state of this moment."""
        if invoice_id in self.account.objects["invoice"]:
            self._order += 1
            seen = Seen(self.state_of(invoice_id), self.now(), self._order)
            self._seen[self.scheduler.current, invoice_id] = seen
            told = self._told.setdefault(invoice_id, [])
            state = (seen.state.status, seen.state.remaining, seen.state.paid)
            if not told or told[-1] != state:
                told.append(state)

    def has_kept(self, invoice_id: str, kept: Told) -> None:
        """What is stored of an invoice from now on: something that was read, never older than before (E5)."""
        told, since = self._told.get(invoice_id, []), self._kept.get(invoice_id, 0)
        found = next((number for number in range(since, len(told)) if told[number] == kept), None)
        if found is None:
            self.judge("E5", f"{invoice_id} is stored as {kept}, which is older or was never read")
            return
        self._kept[invoice_id] = found

    def watch(self, request: Request, answer: Callable[[Request], Response]) -> Response:
        """Passes a request of ours on, and judges it when it was one that acts."""
        found = _INVOICE.fullmatch(request.path)
        if request.method == "GET":
            response = answer(request)
            if found and response.status == 200:
                self.has_read(found[1])
            return response
        verb = found[2] if found and found[2] else "credit"
        invoice_id = found[1] if found else str(request.params.get("invoice"))
        return self._watch_act(verb, invoice_id, request, answer)

    def has_said(self, invoice_id: str, choice: str, form: Mapping[str, str]) -> None:
        """A choice was taken down: after a promise or a dispute everything about the invoice rests."""
        self._order += 1
        until = self._end_of(form["day"], invoice_id) if choice == "promise" else self.now()
        until_then = None if choice == "dispute" else until
        self.said.setdefault(invoice_id, []).append(Said(choice, self.now(), self._order, until_then))

    def may_have_said(self, invoice_id: str) -> None:
        """A choice was cut short: whether it was taken down, nobody outside knows."""
        self.unsure.add(invoice_id)

    def _end_of(self, day: str, invoice_id: str) -> datetime:
        """The end of a calendar day of the customer's."""
        customer = self.account.objects["customer"][self.account.objects["invoice"][invoice_id]["customer"]]
        zone = ZoneInfo(customer["metadata"].get("time_zone") or self.settings.time_zone)
        after = date.fromisoformat(day) + timedelta(days=1)
        return datetime.combine(after, time(0), zone).astimezone(UTC)

    def resting_since(self, invoice_id: str, seen: Seen | None) -> Said | None:
        """What forbids to act on a reading: it was said before and still stands. None when nothing does."""
        order, now = seen.order if seen is not None else 0, self.now()
        stands = (s for s in self.said.get(invoice_id, []) if s.order < order)
        return next((s for s in stands if s.until is None or now < s.until), None)

    def has_bounced(self, address: str) -> None:
        """It is known from now on that an address bounces."""
        self._order += 1
        self.suppressed.setdefault(address, self._order)

    def mailed(self, customer_id: str, to: str, said: Sequence[tuple[str, str, str]]) -> list[Mailed]:
        """A mail was taken that says each of `said`: a message's key, its invoice, what it is about."""
        number = self.taken[-1].mail + 1 if self.taken else 1
        for key, invoice_id, about in said:
            seen = self._seen.get((self.scheduler.current, invoice_id))
            before = self.state_of(invoice_id)
            mail = Mailed(key, invoice_id, about, number, customer_id, to, self.now(), before, seen)
            for name, check in self.mailed_checks:
                self.judge(name, check(self, mail))
            self.mails.append(mail)
            self.taken.append(mail)
        return self.mails[-len(said) :]

    def rejected(self, key: str) -> None:
        """The mail that was just taken for a message is not sent after all: nobody reads what it says."""
        number = next(mail.mail for mail in self.mails if mail.key == key)
        self.mails = [mail for mail in self.mails if mail.mail != number]

    def _watch_act(
        self, verb: str, invoice_id: str, request: Request, answer: Callable[[Request], Response]
    ) -> Response:
        before, known = self.state_of(invoice_id), len(self.account.objects["charge"])
        with self.by(f"{OWN}:{request.idempotency_key}"):
            response = answer(request)
        self._order += 1
        charges = list(self.account.objects["charge"].values())[known:]
        amount = request.params.get("amount")
        asked = Asked(
            verb,
            invoice_id,
            request.idempotency_key or "",
            json.dumps(request.params, sort_keys=True),
            self.now(),
            self._order,
            before,
            self._seen.get((self.scheduler.current, invoice_id)),
            not response.replayed and response.status not in (409, 429, 500),
            response.status,
            charges[-1] if charges else None,
            int(amount) if amount is not None else None,
        )
        for name, check in self.asked_checks:
            self.judge(name, check(self, asked))
        self.asks.append(asked)
        return response

    def judge(self, name: str, seen: str | None) -> None:
        """Raises where the invariant does not hold, and remembers it: what stands in between may swallow
        any exception."""
        if seen is not None:
            self.found = self.found or ViolationError(name, seen)
            raise self.found

    def _hear(self, event_type: str, subject: dict[str, Any], _: object) -> None:
        if event_type.startswith("charge."):
            self.origins.setdefault(subject["id"], self.origin)
            self._order += 1
            self.told_at.setdefault(subject["id"], self._order)


def _is_handed(invoice: dict[str, Any]) -> bool:
    told = invoice["metadata"].get("dunwell_collect")
    return told != "false" and (invoice["auto_advance"] is True or told == "true")
