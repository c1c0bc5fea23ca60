"""All of it at once: pay days, locks, outages, dead cards, masks, advice and hours."""

from typing import Final

from sandbox.recovery.protocol import World
from sandbox.recovery.worlds.engine import RecipeWorld
from sandbox.recovery.worlds.recipe import ALL_KINDS, Recipe

RECIPE: Final = Recipe(
    name="everything",
    kinds=(*ALL_KINDS, ("memoryless", 1.5)),
    tight_share=0.27,
    trouble_share=0.05,
    trouble_pass=(0.05, 0.5),
    hours="usual",
    lock_share=0.2,
    outages_a_month=0.4,
    dying_share=0.15,
    codes="masked",
    advised_share=0.5,
)


def open_world(seed: int, invoices: int) -> World:
    """A fresh world of about so many scored invoices."""
    return RecipeWorld(RECIPE, seed, invoices)
