"""Everybody is paid once a month, and the money drains away after that."""

from typing import Final

from sandbox.recovery.protocol import World
from sandbox.recovery.worlds.engine import RecipeWorld
from sandbox.recovery.worlds.recipe import Recipe

RECIPE: Final = Recipe(
    name="monthly_pay_days",
    kinds=(("monthly", 1.0),),
    tight_share=0.33,
    trouble_share=0.01,
)


def open_world(seed: int, invoices: int) -> World:
    """A fresh world of about so many scored invoices."""
    return RecipeWorld(RECIPE, seed, invoices)
