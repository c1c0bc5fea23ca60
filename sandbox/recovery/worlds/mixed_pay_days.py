"""Pay days of every rhythm; money drains steadily, in bursts, by shares or at once."""

from typing import Final

from sandbox.recovery.protocol import World
from sandbox.recovery.worlds.engine import RecipeWorld
from sandbox.recovery.worlds.recipe import Recipe

RECIPE: Final = Recipe(
    name="mixed_pay_days",
    tight_share=0.33,
    trouble_share=0.015,
    dying_share=0.03,
)


def open_world(seed: int, invoices: int) -> World:
    """A fresh world of about so many scored invoices."""
    return RecipeWorld(RECIPE, seed, invoices)
