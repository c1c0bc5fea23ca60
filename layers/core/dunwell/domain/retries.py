"""Whether and when the next payment attempt on an invoice is made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dunwell.domain import schemes
from dunwell.domain.declines import Verdict, stops_retries, verdict
from dunwell.domain.invoices import Invoice, PlannedRetry
from dunwell.domain.limits import REFUSALS_MAX, REFUSED_GAP, RETRIES_MAX, RETRY_GAP_MIN, RETRY_LATENESS_MAX
from dunwell.domain.payers_word import AskedTime, asked_time
from dunwell.domain.payments import Attempt, Origin, Outcome, PaymentMethod, attempt_count
from dunwell.domain.policies import RetryKind, RetryPolicy, Settings
from dunwell.domain.reasons import Reason
from dunwell.domain.timing import Choice, EvenSpread, RetryModel

FIRST_ATTEMPT_DELAY = timedelta(hours=1)
"""An invoice that the processor will not attempt itself is first attempted this long after it was
finalized, as Stripe does (docs.stripe.com/invoicing/integration/automatic-advancement-collection)."""


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """The next attempt (`planned` None when there is none) and why."""

    planned: PlannedRetry | None
    reasons: tuple[Reason, ...]

    @property
    def at(self) -> datetime | None:
        return self.planned.at if self.planned else None


def plan_retry(
    invoice: Invoice,
    attempts: Sequence[Attempt],
    settings: Settings,
    model: RetryModel,
    now: datetime,
    went_on: AskedTime | None = None,
) -> RetryPlan:
    """The next payment attempt on an open `charge_automatically` invoice with nothing pending.

    A time that the payer asked for, or at which an invoice that rested goes on (`went_on`), comes before the
    model's. A time once chosen stays while its basis does (`PlannedRetry`); only the networks' windows and a
    hard decline may then still move or stop it.
    """
    method = invoice.payment_method
    if method is None:
        return _none("no_payment_method", "there is no payment method to charge; the customer must add one")
    past = sorted((a for a in attempts if a.charged), key=lambda a: (a.started_at, a.id))
    refused = [a.started_at for a in attempts if not a.charged and a.tried(method)]
    if len(refused) >= REFUSALS_MAX:
        return _none(
            "processor_refuses", f"the processor refused {len(refused)} calls: an engineer must look"
        )
    stop = _stopped(invoice, past, settings.retry, method)
    if stop is not None:
        return stop
    series = _series(past, method)
    asked = asked_time(invoice.word, went_on, [a.started_at for a in past if a.counts], now)
    basis = _basis(settings.retry, model, method, past, series, asked)
    choice = (
        _kept(invoice.planned_retry, basis)
        or _asked(asked)
        or _choose(invoice, past, series, settings.retry, model, method, now)
    )
    if choice is None:
        return _nothing_chosen(settings.retry, model)
    if refused:
        choice = replace(choice, at=max(choice.at, max(refused) + REFUSED_GAP))
    deadline = _deadline(series, settings.retry, method, asked)
    return _within_rules(choice, basis, series, deadline, method, now)


def _stopped(
    invoice: Invoice, past: Sequence[Attempt], policy: RetryPolicy, method: PaymentMethod
) -> RetryPlan | None:
    """The plan of an invoice that may not be attempted at all, None when it may."""
    used = max(0, attempt_count(past) - 1)
    if past and policy.kind is RetryKind.OFF:
        return _none("retries_off", "the owner's settings retry nothing")
    if past and used >= min(policy.retries_max, RETRIES_MAX):
        return _none("retries_used", f"the policy's retries ({policy.name}) are used up: {used} were made")
    if invoice.payment_action_required:
        return _none("action_required", "only the payer can complete the payment that was begun")
    if not past and invoice.auto_advance and not invoice.attempted:
        return _none("processor_attempts_first", "the processor makes the first attempt itself")
    hard = hard_decline(invoice, past)
    if hard is not None:
        return RetryPlan(None, (hard,))
    forbidden = schemes.forbids_retry(method, _series(past, method))
    return _none("scheme_rule", forbidden) if forbidden else None


def hard_decline(invoice: Invoice, attempts: Sequence[Attempt]) -> Reason | None:
    """Why the method that would be charged may not be charged again after these attempts, if so."""
    method = invoice.payment_method
    found = _hard_stop([a for a in attempts if a.charged], method) if method else None
    if found is None:
        return None
    return Reason("hard_decline", f"{found.rule}: not tried again until there is another payment method")


def _hard_stop(past: Sequence[Attempt], method: PaymentMethod) -> Verdict | None:
    """The verdict of an earlier attempt that forbids charging `method` again.

    The payer's own try stops it only when it is known to have been a hard decline of this very method.
    """
    for attempt in past:
        if attempt.origin is Origin.PAYER and attempt.outcome is not Outcome.DECLINED:
            continue
        unnamed = attempt.method is None and attempt.origin is not Origin.PAYER
        if unnamed or attempt.tried(method):
            verdict_found = stops_retries(attempt, method.brand)
            if verdict_found is not None:
                return verdict_found
    return None


def _series(past: Sequence[Attempt], method: PaymentMethod) -> list[Attempt]:
    """The attempts that count on the method that would be charged now, oldest first.

    An attempt whose method is not known counts for any. The payer's own tries are no part of it.
    """
    return [a for a in past if a.counts and (a.method is None or a.tried(method))]


def _basis(
    policy: RetryPolicy,
    model: RetryModel,
    method: PaymentMethod,
    past: Sequence[Attempt],
    series: Sequence[Attempt],
    asked: AskedTime | None,
) -> str:
    """The facts a retry time rests on, as one comparable string. The payer's own tries are not in it."""
    last = series[-1].id if series else "-"
    basis = f"{policy.name}|{model.name}|{method.identity}|{attempt_count(past)}|{last}"
    return f"{basis}|asked {asked.made_at.isoformat()}" if asked else basis


def _kept(planned: PlannedRetry | None, basis: str) -> Choice | None:
    """The time that was chosen already, on the same facts."""
    same = planned is not None and planned.basis == basis
    return Choice(planned.at, planned.reason, planned.foresight) if planned and same else None


def _asked(asked: AskedTime | None) -> Choice | None:
    return Choice(asked.at, asked.reason) if asked else None


def _choose(
    invoice: Invoice,
    past: Sequence[Attempt],
    series: Sequence[Attempt],
    policy: RetryPolicy,
    model: RetryModel,
    method: PaymentMethod,
    now: datetime,
) -> Choice | None:
    if not past and invoice.attempted:
        return Choice(now + RETRY_GAP_MIN, "the processor's own attempt reached no bank: tried in an hour")
    if not past:
        since = invoice.finalized_at or invoice.created_at
        return Choice(since + FIRST_ATTEMPT_DELAY, "first attempt, an hour after the invoice was finalized")
    if not series:
        at = max(now, past[-1].started_at + RETRY_GAP_MIN)
        return Choice(at, "a payment method that was not tried yet: tried at once")
    if policy.kind is RetryKind.CUSTOM:
        used = attempt_count(past) - 1
        days = policy.days_after_previous[used]
        return Choice(
            series[-1].started_at + timedelta(days=days),
            f"retry {used + 1} of {policy.retries_max}: {days} days after the one before (custom rule)",
        )
    return model.choose(policy, method, series, now)


def _within_rules(
    choice: Choice,
    basis: str,
    series: Sequence[Attempt],
    last: datetime | None,
    method: PaymentMethod,
    now: datetime,
) -> RetryPlan:
    """The choice, moved where a network or an advice code asks for it, or given up as too late.

    An advice to wait errs too often to be a rule for a model that has weighed it. The time since the last
    attempt counts from when its key was last sent: an unknown outcome that was asked for may have reached
    the bank only then.
    """
    reasons = [Reason("retry_planned", choice.reason)]
    at = choice.at
    if series:
        found = verdict(series[-1].failure, method.brand)
        weighed = choice.foresight is not None and choice.foresight.considered
        earliest = series[-1].last_asked_at + (RETRY_GAP_MIN if weighed else max(RETRY_GAP_MIN, found.wait))
        if at < earliest:
            at = earliest
            reasons.append(Reason("advice_wait", f"moved to {at:%Y-%m-%d %H:%M} UTC: {found.rule}"))
    admitted = schemes.earliest_attempt(method, max(at, now))
    if admitted > max(at, now):
        at = admitted
        text = f"moved to {at:%Y-%m-%d %H:%M} UTC: the card's attempts in its network's window are used up"
        reasons.append(Reason("network_window", text))
    if last is not None and max(at, now) > last + RETRY_LATENESS_MAX:
        text = f"no retry fits any more: the last day is {last:%Y-%m-%d}"
        return RetryPlan(None, (*reasons[1:], Reason("window_over", text)))
    return RetryPlan(PlannedRetry(at, basis, choice.reason, choice.foresight), tuple(reasons))


def _deadline(
    series: Sequence[Attempt], policy: RetryPolicy, method: PaymentMethod, asked: AskedTime | None
) -> datetime | None:
    """The last instant for a retry: the end of the policy's window or the scheme's, the earlier one.

    Where an invoice rested the policy's window lasts until it was tried once more, however late that is; a
    network's does not.
    """
    ends = [schemes.latest_retry(method, series)]
    if series and policy.has_window and not (asked is not None and asked.prolongs):
        ends.append(series[0].started_at + timedelta(days=policy.window_days))
    return min((end for end in ends if end is not None), default=None)


def _nothing_chosen(policy: RetryPolicy, model: RetryModel) -> RetryPlan:
    """The plan of an invoice for which the model chose no further time."""
    if model.name == EvenSpread.name:
        return _none("window_over", f"the window of the policy ({policy.name}) has no room for another retry")
    return _none(
        "window_over", f"no further retry within the window of the policy ({policy.name}) is worth its cost"
    )


def _none(rule: str, text: str) -> RetryPlan:
    return RetryPlan(None, (Reason(rule, text),))
