"""Codes hide their causes: short money told as do_not_honor, risk told as insufficient_funds."""

from typing import Final

from sandbox.recovery.protocol import World
from sandbox.recovery.worlds.engine import RecipeWorld
from sandbox.recovery.worlds.recipe import Recipe

RECIPE: Final = Recipe(
    name="masked_codes",
    tight_share=0.28,
    trouble_share=0.05,
    dying_share=0.1,
    codes="masked",
)


def open_world(seed: int, invoices: int) -> World:
    """A fresh world of about so many scored invoices."""
    return RecipeWorld(RECIPE, seed, invoices)
