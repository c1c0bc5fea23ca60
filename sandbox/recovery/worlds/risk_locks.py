"""Issuers lock a card after a decline; each further decline in a lock prolongs it."""

from typing import Final

from sandbox.recovery.protocol import World
from sandbox.recovery.worlds.engine import RecipeWorld
from sandbox.recovery.worlds.recipe import Recipe

RECIPE: Final = Recipe(
    name="risk_locks",
    tight_share=0.27,
    trouble_share=0.05,
    trouble_pass=(0.3, 0.7),
    lock_share=0.4,
    lock_trigger=0.45,
    lock_hours=(10.0, 70.0),
)


def open_world(seed: int, invoices: int) -> World:
    """A fresh world of about so many scored invoices."""
    return RecipeWorld(RECIPE, seed, invoices)
