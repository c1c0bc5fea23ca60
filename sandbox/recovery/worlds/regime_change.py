"""Half way through, codes begin to mask one another, and a quarter of the customers get another employer."""

from typing import Final

from sandbox.recovery.protocol import World
from sandbox.recovery.worlds.engine import RecipeWorld
from sandbox.recovery.worlds.recipe import Recipe

RECIPE: Final = Recipe(
    name="regime_change",
    regime_changes=True,
    tight_share=0.34,
    trouble_share=0.02,
)


def open_world(seed: int, invoices: int) -> World:
    """A fresh world of about so many scored invoices."""
    return RecipeWorld(RECIPE, seed, invoices)
