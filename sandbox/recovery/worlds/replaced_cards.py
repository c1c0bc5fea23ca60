"""Cards expire, are lost, stolen or closed; some are replaced by the network, some never are."""

from typing import Final

from sandbox.recovery.protocol import World
from sandbox.recovery.worlds.engine import RecipeWorld
from sandbox.recovery.worlds.recipe import Recipe

RECIPE: Final = Recipe(
    name="replaced_cards",
    tight_share=0.2,
    dying_share=0.6,
    trouble_share=0.01,
)


def open_world(seed: int, invoices: int) -> World:
    """A fresh world of about so many scored invoices."""
    return RecipeWorld(RECIPE, seed, invoices)
