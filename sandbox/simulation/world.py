"""What a history is played on: the same protocol over the ports in memory and over the whole sandbox."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from dunwell.domain.policies import Settings

from sandbox.fake_stripe.account import Account
from sandbox.fake_stripe.bank import ScriptedBank
from sandbox.simulation.choices import Choices
from sandbox.simulation.faults import Faults
from sandbox.simulation.invariants import Snapshot
from sandbox.simulation.scheduler import Scheduler
from sandbox.simulation.trace import Trace
from sandbox.simulation.witness import Witness

SKEWS: Final = tuple(timedelta(seconds=s) for s in (0, 0, 3, -3))
"""By how much the processor's clock is ahead of ours, by history."""

DOUBLED_PER_MILLE: Final = 60
"""How often a queue hands a message out twice, while things may go wrong: SQS delivers at least once."""

QUOTA_PERIOD: Final = timedelta(days=1)

TOLD_AGAIN_FOR: Final = timedelta(days=30)
"""How long the processor keeps its events."""


@dataclass(frozen=True, slots=True)
class Wake:
    """Something that can start now: a message, a schedule, a webhook, what the outside does by itself."""

    name: str
    work: Callable[[], object]


class World(Protocol):
    """One application with its cloud, its processor and its mail service, on one virtual clock."""

    choices: Choices
    scheduler: Scheduler
    faults: Faults
    trace: Trace
    account: Account
    bank: ScriptedBank
    witness: Witness

    def now(self) -> datetime: ...

    def move_to(self, instant: datetime) -> None:
        """Lets time pass; never back."""
        ...

    def wakes(self) -> list[Wake]:
        """What can start at this instant, in an order that does not depend on chance."""
        ...

    def next_at(self) -> datetime | None:
        """When something more can start, None when nothing ever will."""
        ...

    def apply(self, settings: Settings) -> None:
        """The owner's settings from now on."""
        ...

    def choose(self, invoice_id: str, choice: str, form: Mapping[str, str]) -> None:
        """The payer opens the invoice's page and chooses; played as soon as something can start."""
        ...

    def poison(self) -> None:
        """Somebody puts a message into a queue that no function can read."""
        ...

    def forge(self) -> None:
        """A stranger posts what looks like a webhook. Raises `ViolationError` where it is taken in."""
        ...

    def doors(self) -> Iterator[tuple[str, str]]:
        """What got out that should not have: the invariant, and what was seen."""
        ...

    def redrive(self) -> int:
        """Puts every dead letter back into its queue; returns how many."""
        ...

    def rotate_secret(self) -> None:
        """The processor signs its webhooks with another secret from now on."""
        ...

    def deploy(self) -> None:
        """A new deployment: what starts from now on starts anew, what runs goes on as it is."""
        ...

    def use_up_quota(self) -> None:
        """The mail service takes no mail for a day, or until the world comes to rest."""
        ...

    def stop_sweeps(self) -> None:
        """From now on nothing compares with the processor's lists: what is lost stays unheard."""
        ...

    def lose_webhooks(self) -> None:
        """Every delivery under way is lost, for good."""
        ...

    def bounce(self, address: str) -> None:
        """Mails to an address bounce from now on."""
        ...

    def break_endpoint(self, url: str) -> None:
        """One of the owner's other systems goes down, or comes back."""
        ...

    def deliver_all(self, event_ids: Sequence[str]) -> None:
        """Delivers events in this order and works off what follows; no schedule fires, no time passes."""
        ...

    def rest(self) -> None:
        """From now on every schedule fires whenever it should."""
        ...

    def snapshot(self) -> Snapshot: ...


def heard_of(world: World) -> list[str]:
    """The ids of every event that the processor can still tell of."""
    since = (world.now() - TOLD_AGAIN_FOR).timestamp()
    return [one for one, event in world.account.objects["event"].items() if event["created"] >= since]
