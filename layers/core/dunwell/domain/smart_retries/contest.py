"""Champion and challenger: lessons go on learning every night, and plan only once they predict better and
would not have earned less.

Some invoices are held back: nobody learns from them, and both are asked to predict their retries and to
choose the first of them again.
"""

import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from dunwell.domain.smart_retries.at_rest import AtRest
from dunwell.domain.smart_retries.learning import Learning
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.model import Option, SmartRetries
from dunwell.domain.smart_retries.off_policy import LoggedChoice, robust_reward
from dunwell.domain.smart_retries.standing import Standing

HELD_BACK_EVERY: Final = 5
"""Every so many-th invoice is held back."""


@dataclass(frozen=True, slots=True)
class Contest:
    """The lessons that plan (`champion`), those that learn (`challenger`), and how they compare."""

    champion: Lessons = field(default_factory=Lessons)
    challenger: Lessons = field(default_factory=Lessons)
    standing: Standing = field(default_factory=Standing)

    def after(self, invoices: Iterable[AtRest], version: str) -> "Night":
        """The contest after a day's invoices. The challenger predicts before it learns."""
        learning, standing = Learning(self.challenger), self.standing
        learning.forget(1)
        for one in invoices:
            if is_held_back(one.invoice_id):
                standing = self._compared(one, standing)
            else:
                learning.hear_case(one.case)
        learnt = learning.sealed(version)
        if standing.is_better:
            return Night(Contest(learnt, learnt), standing, promoted=True)
        return Night(Contest(self.champion, learnt, standing), standing, promoted=False)

    def _compared(self, one: AtRest, standing: Standing) -> Standing:
        challenger, champion = SmartRetries(self.challenger), SmartRetries(self.champion)
        foretold = standing.foretold
        for before, at, succeeded in one.case.retries():
            ours, theirs = challenger.predicted(before, at), champion.predicted(before, at)
            foretold = foretold.plus(
                math.log(ours / theirs) if succeeded else math.log((1.0 - ours) / (1.0 - theirs))
            )
        standing = replace(standing, foretold=foretold)
        if len(one.considered) > 1 and one.considered[0].propensity > 0.0:
            return with_choices(standing, *choices_of(one, challenger, champion))
        return standing


@dataclass(frozen=True, slots=True)
class Night:
    """A contest after a night, the standing that decided, and whether the challenger was promoted."""

    contest: Contest
    standing: Standing
    promoted: bool


def choices_of(
    one: AtRest, challenger: SmartRetries, champion: SmartRetries
) -> tuple[LoggedChoice, LoggedChoice]:
    """The first retry of an invoice as a choice among the times that were considered, once with how likely
    the challenger draws each, once with how likely the champion does."""
    times = [considered.at for considered in one.considered]
    logged = tuple(considered.propensity for considered in one.considered)
    first = next(one.case.retries())[0]
    theirs = champion.weighed(first, one.room, times)
    expected = tuple(option.together for option in theirs)
    paid = float(one.case.paid_at is not None)

    def chosen(options: list[Option]) -> LoggedChoice:
        return LoggedChoice(0, logged, tuple(option.propensity for option in options), expected, paid)

    return chosen(challenger.weighed(first, one.room, times)), chosen(theirs)


def with_choices(standing: Standing, ours: LoggedChoice, theirs: LoggedChoice) -> Standing:
    """A standing after one more first retry: what both would have earned."""
    return replace(
        standing,
        earned=standing.earned.plus(robust_reward(ours) - robust_reward(theirs)),
        weighted=standing.weighted.plus(ours.weight * ours.reward - theirs.weight * theirs.reward),
        normalised=standing.normalised.plus(ours.weight, theirs.weight, ours.reward),
    )


def is_held_back(invoice_id: str) -> bool:
    """Whether an invoice is never learnt from, so that predictions can be compared on it."""
    return zlib.crc32(f"held back|{invoice_id}".encode()) % HELD_BACK_EVERY == 0
