"""Mastercard and Stripe advise when to retry; they are right more often than not."""

from typing import Final

from sandbox.recovery.protocol import World
from sandbox.recovery.worlds.engine import RecipeWorld
from sandbox.recovery.worlds.recipe import Recipe

RECIPE: Final = Recipe(
    name="advice_codes",
    tight_share=0.34,
    trouble_share=0.02,
    dying_share=0.1,
    advised_share=0.8,
)


def open_world(seed: int, invoices: int) -> World:
    """A fresh world of about so many scored invoices."""
    return RecipeWorld(RECIPE, seed, invoices)
