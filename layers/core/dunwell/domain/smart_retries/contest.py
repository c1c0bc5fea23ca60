"""Champion and challenger: lessons go on learning every night, and plan only once they predict better.

Some invoices are held back: nobody learns from them, and both are asked to predict their retries.
"""

import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from dunwell.domain.history import Group
from dunwell.domain.smart_retries.learning import Learning
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.model import SmartRetries
from dunwell.domain.smart_retries.posterior import Case

HELD_BACK_EVERY: Final = 5
"""Every so many-th invoice is held back."""

COMPARED_MIN: Final = 20
"""Predictions of held-back retries before anybody is promoted."""

SURE: Final = 0.5
"""Standard errors by which the challenger's mean gain must lie above zero."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the challenger did against the champion so far: `compared` predictions, and the sums of its
    gains in log-likelihood and of their squares."""

    compared: int = 0
    gain: float = 0.0
    squares: float = 0.0

    @property
    def mean(self) -> float:
        """Gain a prediction, in nats."""
        return self.gain / self.compared if self.compared else 0.0

    @property
    def error(self) -> float:
        """The mean's standard error; infinite where too little was compared."""
        if self.compared < 2:
            return math.inf
        variance = max(0.0, self.squares / self.compared - self.mean**2)
        return math.sqrt(variance / (self.compared - 1))

    @property
    def is_better(self) -> bool:
        """Whether the challenger is to be promoted."""
        return self.compared >= COMPARED_MIN and self.mean > SURE * self.error and self.mean > 0.0


@dataclass(frozen=True, slots=True)
class First:
    """The first attempt on an invoice: when (UTC), where (IANA zone), on which cards, and whether it
    succeeded."""

    at: datetime
    zone: str
    group: Group
    succeeded: bool


@dataclass(frozen=True, slots=True)
class Contest:
    """The lessons that plan (`champion`), those that learn (`challenger`), and how they compare."""

    champion: Lessons = field(default_factory=Lessons)
    challenger: Lessons = field(default_factory=Lessons)
    standing: Standing = field(default_factory=Standing)

    def after(
        self, firsts: Iterable[First], cases: Iterable[tuple[str, Case]], version: str
    ) -> tuple["Contest", bool]:
        """The contest after a day's attempts, and whether the challenger was promoted.

        `cases` are invoices at rest, each by its id. The challenger predicts before it learns.
        """
        learning, standing = Learning(self.challenger), self.standing
        learning.forget(1)
        for invoice_id, case in cases:
            if is_held_back(invoice_id):
                standing = self._compared(case, standing)
            else:
                learning.hear_case(case)
        for first in firsts:
            learning.hear_first(first.at, first.zone, first.group, succeeded=first.succeeded)
        learnt = learning.sealed(version)
        if standing.is_better:
            return Contest(learnt, learnt), True
        return Contest(self.champion, learnt, standing), False

    def _compared(self, case: Case, standing: Standing) -> Standing:
        champion, challenger = SmartRetries(self.champion), SmartRetries(self.challenger)
        for before, at, succeeded in case.retries():
            ours, theirs = challenger.predicted(before, at), champion.predicted(before, at)
            gain = math.log(ours / theirs) if succeeded else math.log((1.0 - ours) / (1.0 - theirs))
            standing = Standing(standing.compared + 1, standing.gain + gain, standing.squares + gain * gain)
        return standing


def is_held_back(invoice_id: str) -> bool:
    """Whether an invoice is never learnt from, so that predictions can be compared on it."""
    return zlib.crc32(f"held back|{invoice_id}".encode()) % HELD_BACK_EVERY == 0
