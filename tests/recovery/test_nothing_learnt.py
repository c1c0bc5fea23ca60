"""Plans with no lessons yet, where the honest answer is: as good as even retries."""

from collections import defaultdict

import pytest

from sandbox.recovery.driver import run
from sandbox.recovery.smart import SmartPolicy
from sandbox.recovery.worlds.engine import ATTEMPTS_MAX, WINDOW, RecipeWorld
from sandbox.recovery.worlds.null_constant import RECIPE
from sandbox.recovery.worlds.recipe import Recipe

PASSING = RECIPE.trouble_pass[0]
"""How likely an attempt passes on each new day, whatever else."""


class Watched(SmartPolicy):
    """Notes the days of all retries, UTC."""

    def __init__(self):
        super().__init__(ATTEMPTS_MAX, WINDOW, learns=False)
        self.failed_on, self.tried_on = {}, defaultdict(set)

    def observe(self, event):
        """A first failure has a day of its own, on which nothing else would pass."""
        if event["type"] == "invoice.payment_failed":
            self.failed_on[event["invoice"]] = event["at"].date()
        super().observe(event)

    def observe_attempt(self, invoice, at, result):
        """A retry on the day of another one is no new chance."""
        self.tried_on[invoice].add(at.date())
        super().observe_attempt(invoice, at, result)


@pytest.mark.long
def test_where_each_day_is_a_chance_nearly_all_retries_have_a_day_of_their_own():
    """Every retry fails, so that whole plans are seen, and are worth what their different days are: at most
    half a point of the invoices less than eight even retries."""
    recipe = Recipe("in vain", tight_share=0.0, trouble_share=0.2, trouble_pass=(0.0, 0.0))
    world, watched = RecipeWorld(recipe, 0, 500), Watched()
    assert run(world, watched).ledger["recovered"] == 0
    chances = [
        1.0 - (1.0 - PASSING) ** len(watched.tried_on[invoice] - {day})
        for invoice, day in watched.failed_on.items()
    ]
    even = 1.0 - (1.0 - PASSING) ** ATTEMPTS_MAX
    assert sum(chances) / len(chances) > even - 0.005
    assert len(chances) >= 500
