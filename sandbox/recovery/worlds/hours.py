"""The hour of the day matters, to each issuer and kind of card in its own way."""

from typing import Final

from sandbox.recovery.protocol import World
from sandbox.recovery.worlds.engine import RecipeWorld
from sandbox.recovery.worlds.recipe import Recipe

RECIPE: Final = Recipe(
    name="hours",
    tight_share=0.12,
    trouble_share=0.14,
    trouble_pass=(0.06, 0.3),
    hours="usual",
)


def open_world(seed: int, invoices: int) -> World:
    """A fresh world of about so many scored invoices."""
    return RecipeWorld(RECIPE, seed, invoices)
