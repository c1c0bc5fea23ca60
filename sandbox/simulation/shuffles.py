"""The same events in other orders and multiplicities: every one must end in the same state (E3).

A history is played up to a moment, of whose last part nothing was heard but what the workers read by
themselves. From that moment on time stands still, and the events that the processor ever told of are
delivered: shuffled, some of them several times. Each order begins with the same history played anew.
"""

import hashlib
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from typing import Final

from dunwell.adapters.codec import dumps
from dunwell.adapters.stripe_processor import EVENT_TYPES
from dunwell.domain.announcements import Announced
from dunwell.domain.invoices import PlannedRetry
from dunwell.heard_events import EventState
from dunwell.records import Facts

from sandbox.simulation.invariants import Snapshot
from sandbox.simulation.models import MODELS
from sandbox.simulation.player import Player
from sandbox.simulation.world import World, heard_of

ORDERS: Final = 20
STEPS_MAX: Final = 500
HEARD_STEPS: Final = (0, 0, 20, 60, 150)
"""Steps after which nothing is heard any more, by history: in some it was nothing from the first."""

UNHEARD: Final = (3, 6, 12, 24)
"""Events that concern us and were not heard, by history, at which the moment has come."""

COPIES: Final = (1, 1, 1, 2, 3)

Shuffle = Callable[[int], set[str]]


def ends_of(piece: tuple[str, int]) -> set[str]:
    """The hashes in which the orders of one history (model, seed) end: one is what is promised."""
    model, seed = piece
    shuffle: Shuffle = getattr(import_module(MODELS[model].runs), f"shuffle_{model}")
    return shuffle(seed)


def play_up_to_a_moment(player: Player, seed: int) -> None:
    """Plays the first steps of a history, and then goes on with every webhook lost and no sweep, until so
    many events were not heard; the seed says how many. A history of fewer events is played for long."""
    draw, world = random.Random(f"moment-{seed}"), player.world
    heard, enough = draw.choice(HEARD_STEPS), draw.choice(UNHEARD)
    for number in range(STEPS_MAX):
        if number == heard:
            world.stop_sweeps()
        if number >= heard:
            world.lose_webhooks()
            if number % 3 == 0 and _unheard(world) >= enough:
                break
        player.step()
    world.lose_webhooks()
    player.let_everybody_end()


def _unheard(world: World) -> int:
    """How many events that concern us were told of and never heard."""
    events, known = world.account.objects["event"], world.snapshot().events
    return sum(events[one]["type"] in EVENT_TYPES and one not in known for one in heard_of(world))


def deliver_shuffled(world: World, seed: int, order: int) -> str:
    """Delivers every event in one order, works all of it off, and returns the hash of what is stored."""
    draw = random.Random(f"order-{seed}-{order}")
    world.faults.stop()
    world.lose_webhooks()
    ids = [one for one in heard_of(world) for _ in range(draw.choice(COPIES))]
    draw.shuffle(ids)
    world.deliver_all(ids)
    return state_hash(world.snapshot())


def state_hash(snapshot: Snapshot) -> str:
    """One hash over all that is known and decided; not over how often it was written, nor over which of two
    events was the one that told nothing new."""
    parts = [f"{name} {dumps(_substance(facts))}" for name, facts in sorted(snapshot.facts.items())]
    parts += [
        f"{name} {entry.worker} {_FORESEEN if _foreseen(snapshot.facts.get(name)) else entry.due_at}"
        for name, entry in sorted(snapshot.due.items())
    ]
    parts += [f"{name} {sorted(keys)}" for name, keys in sorted(snapshot.wanted.items())]
    parts += [f"{name} {state is EventState.STORED}" for name, state in sorted(snapshot.events.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


_FORESEEN: Final = PlannedRetry(datetime.fromtimestamp(0, UTC), "", "by what was known at the time")


def _foreseen(facts: Facts | None) -> bool:
    """Whether the next retry was chosen by a learnt model."""
    planned = facts.invoice.planned_retry if facts is not None else None
    return planned is not None and planned.foresight is not None


def _substance(facts: Facts) -> Facts:
    """Without what was copied from the card's window at the last look, however much was in it by then; what
    was announced: of what had been before it was first heard of less is news; and what a learnt plan was
    made of: all that was known of other payments when it was made, and it stands once it is made."""
    attempts = tuple(sorted(facts.attempts, key=lambda attempt: attempt.id))
    method = facts.invoice.payment_method
    invoice = replace(facts.invoice, payment_method=replace(method, attempted_at=()) if method else None)
    if _foreseen(facts):
        invoice = replace(invoice, planned_retry=_FORESEEN)
    stripped = replace(facts, version=0, decision_digest=None, customer_digest=None, announced=Announced())
    return replace(stripped, invoice=invoice, attempts=attempts)
