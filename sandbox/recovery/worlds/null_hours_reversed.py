"""Almost nothing to learn but hours that run against the usual ones."""

from typing import Final

from sandbox.recovery.protocol import World
from sandbox.recovery.worlds.engine import RecipeWorld
from sandbox.recovery.worlds.recipe import Recipe

RECIPE: Final = Recipe(
    name="null_hours_reversed",
    tight_share=0.0,
    trouble_share=0.2,
    trouble_pass=(0.1, 0.2),
    hours="reversed",
)


def open_world(seed: int, invoices: int) -> World:
    """A fresh world of about so many scored invoices."""
    return RecipeWorld(RECIPE, seed, invoices)
