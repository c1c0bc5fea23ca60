"""What a decision is made with: the smart model bound to one invoice's customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dunwell.domain.history import History
from dunwell.domain.limits import RETRY_GAP_MIN
from dunwell.domain.payments import Attempt, Considered, Foresight, PaymentMethod
from dunwell.domain.policies import RetryKind, RetryPolicy
from dunwell.domain.smart_retries.model import Chosen, Room, SmartRetries
from dunwell.domain.smart_retries.posterior import Case, Decline
from dunwell.domain.smart_retries.sentences import why
from dunwell.domain.smart_retries.signals import signals_of
from dunwell.domain.timing import Choice, EvenSpread


@dataclass(frozen=True, slots=True)
class SmartAdvice:
    """The smart model, for one invoice. `history` is its customer's and its card's, `zone` the customer's
    own."""

    model: SmartRetries
    invoice_id: str
    history: History
    zone: str
    name: str = RetryKind.SMART

    def choose(
        self, policy: RetryPolicy, method: PaymentMethod, series: Sequence[Attempt], now: datetime
    ) -> Choice | None:
        """See `RetryModel`. None as well where no time is worth the attempt."""
        case = case_of(series, self.history, self.zone, method)
        room = room_of(policy, [attempt.started_at for attempt in series], now)
        if not case.declines:
            return EvenSpread().choose(policy, method, series, now)
        chosen = self.model.choose(case, room, f"{self.invoice_id}|{len(series)}")
        if chosen is None:
            return None
        return Choice(chosen.option.at, why(chosen, case, self.model.lessons), _foresight(self.model, chosen))

    def weighed(
        self,
        policy: RetryPolicy,
        method: PaymentMethod,
        series: Sequence[Attempt],
        times: Sequence[datetime],
    ) -> list[float]:
        """For each of some times (UTC) how likely the invoice is recovered if the next retry is made then,
        and the best ones behind it."""
        room = room_of(policy, [attempt.started_at for attempt in series], series[-1].started_at)
        case = case_of(series, self.history, self.zone, method)
        return [option.together for option in self.model.weighed(case, room, times)]

    def together(self, method: PaymentMethod, series: Sequence[Attempt], times: Sequence[datetime]) -> float:
        """How likely one of the retries at some times (UTC, in order) after a series succeeds."""
        return self.model.together(case_of(series, self.history, self.zone, method), times)


def case_of(series: Sequence[Attempt], history: History, zone: str, method: PaymentMethod) -> Case:
    """The failed attempts of a series as a case; an attempt that had no answer tells nothing."""
    declines = tuple(Decline(a.started_at, a.failure) for a in series if a.failed)
    signals = signals_of(method, series[0].amount, series[0].started_at)
    return Case(declines, history, zone, signals=signals)


def room_of(policy: RetryPolicy, attempted_at: Sequence[datetime], now: datetime) -> Room:
    """Where the policy allows the next retry after some attempts (UTC, oldest first), and how many."""
    opens = max(now, attempted_at[-1] + RETRY_GAP_MIN)
    closes = attempted_at[0] + timedelta(days=policy.window_days)
    return Room(opens, closes, policy.retries - (len(attempted_at) - 1))


def _foresight(model: SmartRetries, chosen: Chosen) -> Foresight:
    """The option taken first, then the others, as they were weighed."""
    others = [option for option in chosen.considered if option is not chosen.option]
    considered = tuple(
        Considered(option.at, round(model.lessons.calibrated(option.chance), 4), round(option.propensity, 4))
        for option in (chosen.option, *others)
    )
    return Foresight(model.lessons.version, considered)
