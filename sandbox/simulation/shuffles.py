"""The same events in other orders and multiplicities: every one must end in the same state (E3).

A history is played up to a moment, with whatever was lost and is under way by then. From that moment on
time stands still, and the events that the processor ever told of are delivered: shuffled, some of them
several times. Each order begins with the same history played anew.
"""

import hashlib
import random
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Final

from dunwell.adapters.codec import dumps
from dunwell.domain.announcements import Announced
from dunwell.records import EventState, Facts

from sandbox.simulation.invariants import Snapshot
from sandbox.simulation.models import MODELS
from sandbox.simulation.player import Player
from sandbox.simulation.world import World, heard_of

ORDERS: Final = 20
STEPS_MAX: Final = 500
TAKEN_SHARE: Final = 0.15
LOST_SHARE: Final = 0.8
UNHEARD_MIN: Final = 4
COPIES: Final = (1, 1, 1, 2, 3)

Shuffle = Callable[[int], set[str]]


def ends_of(piece: tuple[str, int]) -> set[str]:
    """The hashes in which the orders of one history (model, seed) end: one is what is promised."""
    model, seed = piece
    shuffle: Shuffle = getattr(import_module(MODELS[model].runs), f"shuffle_{model}")
    return shuffle(seed)


def play_up_to_a_moment(player: Player, seed: int) -> None:
    """Plays the first steps of a history, most webhooks lost, until several events were never heard.

    Which of such moments it is, the seed says; a history without any is played to its end.
    """
    draw, world = random.Random(f"moment-{seed}"), player.world
    for number in range(STEPS_MAX):
        player.step()
        if draw.random() < LOST_SHARE:
            world.lose_webhooks()
        if number % 3 == 0 and _unheard(world) >= UNHEARD_MIN and draw.random() < TAKEN_SHARE:
            break
    player.let_everybody_end()


def _unheard(world: World) -> int:
    return len(set(heard_of(world)) - set(world.snapshot().events))


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
    parts += [f"{name} {entry.worker} {entry.due_at}" for name, entry in sorted(snapshot.due.items())]
    parts += [f"{name} {sorted(keys)}" for name, keys in sorted(snapshot.wanted.items())]
    parts += [f"{name} {state is EventState.STORED}" for name, state in sorted(snapshot.events.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _substance(facts: Facts) -> Facts:
    """Without what was copied from the card's window at the last look, however much was in it by then, and
    what was announced: of what had been before it was first heard of less is news."""
    attempts = tuple(sorted(facts.attempts, key=lambda attempt: attempt.id))
    method = facts.invoice.payment_method
    invoice = replace(facts.invoice, payment_method=replace(method, attempted_at=()) if method else None)
    stripped = replace(facts, version=0, decision_digest=None, customer_digest=None, announced=Announced())
    return replace(stripped, invoice=invoice, attempts=attempts)
