"""`decide`: the one next action of an invoice, and the messages it wants, from its facts alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from dunwell.domain.announcements import next_occasion_at
from dunwell.domain.asking import charging_stopped, not_asked
from dunwell.domain.customers import Customer, WantedMessage
from dunwell.domain.invoices import Invoice, PlannedRetry
from dunwell.domain.limits import (
    FINAL_ACTION_AFTER_REST,
    IDEMPOTENCY_KEY_MAX_AGE,
    LOOK_AGAIN_MAX,
    PROCESSING_LOOK_AGAIN,
    STOPPED_LOOK_AGAIN,
    UNKNOWN_ASKED_EVERY,
    UNKNOWN_RESOLVED_AFTER,
    UNRESOLVED_LOOK_AGAIN,
)
from dunwell.domain.money import Money
from dunwell.domain.ownership import observed, whose
from dunwell.domain.past_due import (
    credit_due_at,
    days_past_due,
    is_within_tolerance,
    uncollectible_due_at,
)
from dunwell.domain.payers_word import AskedTime
from dunwell.domain.payments import Attempt, Origin, Outcome, next_attempt_number
from dunwell.domain.policies import Settings
from dunwell.domain.reasons import Reason
from dunwell.domain.rests import Rest, resting, went_on
from dunwell.domain.retries import RetryPlan, plan_retry
from dunwell.domain.timing import RetryModel
from dunwell.domain.wanted import confirmations, receipts, wanted_messages


class ActionKind(StrEnum):
    """What can be next for an invoice."""

    ATTEMPT_PAYMENT = "attempt_payment"
    RESOLVE_ATTEMPT = "resolve_attempt"
    CREDIT_SHORTFALL = "credit_shortfall"
    MARK_UNCOLLECTIBLE = "mark_uncollectible"
    LOOK_AGAIN = "look_again"


FINAL_ACTIONS = frozenset({ActionKind.CREDIT_SHORTFALL, ActionKind.MARK_UNCOLLECTIBLE})


@dataclass(frozen=True, slots=True)
class Action:
    """What is next and when (`at`, UTC). `attempt_number` goes with attempts, `amount` with a credit."""

    kind: ActionKind
    at: datetime
    attempt_number: int | None = None
    amount: Money | None = None

    def is_due(self, kind: ActionKind, now: datetime) -> bool:
        return self.kind is kind and self.at <= now


@dataclass(frozen=True, slots=True)
class Decision:
    """What `decide` says. `next_action` is None once the invoice is closed; `next_payment_attempt` is
    None when nothing more is scheduled; `planned_retry` is to be kept with the invoice."""

    next_action: Action | None
    next_payment_attempt: datetime | None = None
    wanted_messages: tuple[WantedMessage, ...] = ()
    reasons: tuple[Reason, ...] = ()
    planned_retry: PlannedRetry | None = None


def decide(
    invoice: Invoice,
    attempts: Sequence[Attempt],
    customer: Customer,
    settings: Settings,
    model: RetryModel,
    now: datetime,
) -> Decision:
    """The next action of `invoice` and the messages it wants, as of `now` (UTC). Pure.

    `attempts` are all attempts on the invoice, foreign ones included, in any order.
    """
    decision = _looked_at_in_time(
        _decide(invoice, attempts, customer, settings, model, now), invoice, settings, now
    )
    told: list[Reason] = []
    if settings.applied is not None:
        text = f"the automation {settings.applied.name!r} applies: {settings.applied.why}"
        told.append(Reason("automation", text))
    if settings.own_rule is not None:
        told.append(Reason("own_rule", settings.own_rule))
    return replace(decision, reasons=(*decision.reasons, *told))


def _decide(
    invoice: Invoice,
    attempts: Sequence[Attempt],
    customer: Customer,
    settings: Settings,
    model: RetryModel,
    now: datetime,
) -> Decision:
    """The decision with the settings that count for the invoice."""
    unresolved = _unresolved(attempts)
    if unresolved is not None and (invoice.is_open or _provable(unresolved, now)):
        return _resolve(unresolved, not_asked(invoice, attempts, customer, settings, now), now)
    if not invoice.is_open:
        closed = Reason("closed", f"the invoice is {invoice.status}")
        return Decision(None, wanted_messages=receipts(invoice, attempts, settings), reasons=(closed,))
    stranger = whose(invoice, customer, settings)
    if stranger is not None:
        return _look_again(now, stranger)
    if invoice.payment_processing or any(a.outcome is Outcome.PROCESSING for a in attempts):
        return _processing(now)
    live = _decide_live(invoice, attempts, customer, settings, model, now)
    watched = observed(invoice, settings)
    return live if watched is None else _only_observed(live, watched, now)


def _decide_live(
    invoice: Invoice,
    attempts: Sequence[Attempt],
    customer: Customer,
    settings: Settings,
    model: RetryModel,
    now: datetime,
) -> Decision:
    """The decision for an open invoice that is ours, with nothing unknown and nothing processing."""
    at_rest = resting(invoice, customer, settings, now)
    if at_rest is not None:
        promised = confirmations(invoice, settings) if at_rest.reason.rule == "promised" else ()
        return _resting(at_rest, promised, now)
    if is_within_tolerance(invoice, settings):
        action, reasons = _credit(invoice, settings)
        return _capped(Decision(action, reasons=reasons), now)
    gone_on = went_on(invoice, customer, settings, now)
    plan = _plan(invoice, attempts, settings, model, now, gone_on)
    messages = wanted_messages(invoice, attempts, customer, settings)
    if plan.at is not None:
        action = Action(ActionKind.ATTEMPT_PAYMENT, plan.at, next_attempt_number(attempts))
        final: tuple[Reason, ...] = (Reason("not_given_up", "not given up while a retry is planned"),)
    else:
        action, final = _give_up(invoice, settings, now, gone_on)
    decision = Decision(action, plan.at, messages, plan.reasons + final, plan.planned)
    return _capped(_held_back(decision, settings, now), now)


def _resting(at_rest: Rest, messages: tuple[WantedMessage, ...], now: datetime) -> Decision:
    """Nothing is charged, reminded of or given up while the customer's or the owner's word stands."""
    at = now + LOOK_AGAIN_MAX
    action = Action(ActionKind.LOOK_AGAIN, min(at, at_rest.until) if at_rest.until else at)
    return Decision(action, wanted_messages=messages, reasons=(at_rest.reason,))


def _plan(
    invoice: Invoice,
    attempts: Sequence[Attempt],
    settings: Settings,
    model: RetryModel,
    now: datetime,
    gone_on: AskedTime | None,
) -> RetryPlan:
    if not invoice.charges_automatically:
        text = "the customer pays this invoice; nothing is charged automatically"
        return RetryPlan(None, (Reason("send_invoice", text),))
    return plan_retry(invoice, attempts, settings, model, now, gone_on)


def _credit(invoice: Invoice, settings: Settings) -> tuple[Action, tuple[Reason, ...]]:
    remaining = invoice.amount_remaining
    limit = settings.tolerance[remaining.currency]
    text = f"{remaining} remain after a partial payment, within {limit} of tolerance: credited once due"
    action = Action(ActionKind.CREDIT_SHORTFALL, credit_due_at(invoice, settings), amount=remaining)
    suppressed = Reason("messages_suppressed", "no mail about a shortfall too small to chase")
    return action, (Reason("within_tolerance", text), suppressed)


def _give_up(
    invoice: Invoice, settings: Settings, now: datetime, gone_on: AskedTime | None
) -> tuple[Action, tuple[Reason, ...]]:
    """The final action once no retry is planned, or another look where the owner leaves it past due. After a
    rest the customer has a day from the morning on which it goes on."""
    at = uncollectible_due_at(invoice, settings)
    past_due = days_past_due(invoice, settings, now)
    if at is None:
        text = f"{past_due} days past due; the owner leaves unpaid invoices past due"
        return Action(ActionKind.LOOK_AGAIN, now + LOOK_AGAIN_MAX), (Reason("left_past_due", text),)
    text = f"marked uncollectible at {settings.past_due.after_days} days past due; it is {past_due} now"
    at = max(at, gone_on.at + FINAL_ACTION_AFTER_REST) if gone_on is not None else at
    return Action(ActionKind.MARK_UNCOLLECTIBLE, at), (Reason("uncollectible_at", text),)


def _held_back(decision: Decision, settings: Settings, now: datetime) -> Decision:
    """While the owner stops charging, an attempt that has become due waits; its plan stays."""
    stopped, action = charging_stopped(settings), decision.next_action
    if stopped is None or action is None or not action.is_due(ActionKind.ATTEMPT_PAYMENT, now):
        return decision
    again = Action(ActionKind.LOOK_AGAIN, now + STOPPED_LOOK_AGAIN)
    return replace(decision, next_action=again, reasons=(*decision.reasons, stopped))


def _capped(decision: Decision, now: datetime) -> Decision:
    """No invoice is left unlooked at for longer than a week, however far away its next action is."""
    action = decision.next_action
    horizon = now + LOOK_AGAIN_MAX
    if action is None or action.at <= horizon:
        return decision
    reason = Reason(
        "looked_at_before", f"{action.kind} at {action.at:%Y-%m-%d %H:%M} UTC; looked at again before"
    )
    return replace(
        decision, next_action=Action(ActionKind.LOOK_AGAIN, horizon), reasons=(*decision.reasons, reason)
    )


def _looked_at_in_time(decision: Decision, invoice: Invoice, settings: Settings, now: datetime) -> Decision:
    """The decision, with a look in between where something is to be announced before its next action."""
    action, at = decision.next_action, next_occasion_at(invoice, settings.time_zone, now)
    if at is None or action is None or action.at <= at:
        return decision
    reasons = decision.reasons
    if action.kind is not ActionKind.LOOK_AGAIN:
        text = f"{action.kind} at {action.at:%Y-%m-%d %H:%M} UTC; looked at before to announce its due date"
        reasons = (*reasons, Reason("looked_at_before", text))
    return replace(decision, next_action=Action(ActionKind.LOOK_AGAIN, at), reasons=reasons)


def _unresolved(attempts: Sequence[Attempt]) -> Attempt | None:
    own = (a for a in attempts if a.origin is Origin.DUNWELL and a.outcome is Outcome.UNKNOWN)
    return min(own, key=lambda attempt: attempt.started_at, default=None)


def _provable(attempt: Attempt, now: datetime) -> bool:
    """Whether sending the attempt's key again still proves what became of it."""
    return now - attempt.started_at <= IDEMPOTENCY_KEY_MAX_AGE


def _resolve(attempt: Attempt, restraint: Reason | None, now: datetime) -> Decision:
    """An attempt without an outcome comes before everything else: no charge until it is resolved.

    Asking sends its key again, which may be a charge: where nothing may be done (`restraint`) only the
    processor's list of charges is looked at.
    """
    if not _provable(attempt, now):
        text = (
            f"attempt {attempt.number} of {attempt.started_at:%Y-%m-%d %H:%M} UTC could not be proven "
            "within 23 hours: no charge until its charge or event turns up, or the owner decides"
        )
        return _look_again(now, Reason("attempt_unproven", text))
    text = f"the outcome of attempt {attempt.number} is not known; nothing else is done before it is"
    reason = Reason("attempt_unresolved", text)
    if restraint is not None:
        return Decision(
            Action(ActionKind.LOOK_AGAIN, now + UNRESOLVED_LOOK_AGAIN), reasons=(reason, restraint)
        )
    wait = min(UNKNOWN_RESOLVED_AFTER * 2**attempt.asked, UNKNOWN_ASKED_EVERY)
    action = Action(ActionKind.RESOLVE_ATTEMPT, attempt.last_asked_at + wait, attempt.number)
    return Decision(action, reasons=(reason,))


def _processing(now: datetime) -> Decision:
    return Decision(
        Action(ActionKind.LOOK_AGAIN, now + PROCESSING_LOOK_AGAIN),
        reasons=(
            Reason("payment_processing", "a payment is processing: nothing is charged, marked or credited"),
            Reason("messages_suppressed", "no mail while a payment is processing"),
        ),
    )


def _look_again(now: datetime, *reasons: Reason) -> Decision:
    return Decision(Action(ActionKind.LOOK_AGAIN, now + LOOK_AGAIN_MAX), reasons=reasons)


def _only_observed(live: Decision, watched: Reason, now: datetime) -> Decision:
    """What would be decided, as reasons alone: nothing is charged, mailed, credited or marked."""
    would = [Reason(f"would_{reason.rule}", reason.text) for reason in live.reasons]
    action = live.next_action
    acting = f"{action.kind} at {action.at:%Y-%m-%d %H:%M} UTC" if action else "do nothing"
    would.append(Reason("would_act", f"would {acting}"))
    if live.wanted_messages:
        would.append(Reason("would_write", f"would send {len(live.wanted_messages)} messages"))
    return _look_again(now, watched, *would)
