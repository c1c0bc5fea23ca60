"""Final actions: what is credited, and what is given up."""

from dataclasses import replace

from dunwell.domain import decision
from dunwell.domain.decision import Action, ActionKind
from dunwell.domain.invoices import Invoice
from dunwell.domain.past_due import uncollectible_due_at
from dunwell.domain.policies import PastDueAction
from dunwell.use_cases import book

from tests.simulation.planted.bug import Bug, instead, never_too_old, value


def _within_a_hundredfold(_):
    def planted(invoice, settings):
        limit = settings.tolerance.get(invoice.amount_remaining.currency)
        if limit is None or not invoice.partially_paid:
            return False
        return invoice.amount_remaining.amount <= 100 * limit.amount

    return planted


def _given_up_while_processing(decide):
    def planted(invoice, attempts, customer, settings, model, now):
        decided = decide(invoice, attempts, customer, settings, model, now)
        at = uncollectible_due_at(invoice, settings)
        waits = any(reason.rule == "payment_processing" for reason in decided.reasons)
        if not waits or at is None or at > now:
            return decided
        return replace(decided, next_action=Action(ActionKind.MARK_UNCOLLECTIBLE, at))

    return planted


def _whatever_the_owner_said(due_at):
    def planted(invoice, settings):
        policy = replace(settings.past_due, action=PastDueAction.MARK_UNCOLLECTIBLE)
        return due_at(invoice, replace(settings, past_due=policy))

    return planted


def _a_day_early(due_at):
    def planted(invoice, settings):
        policy = replace(settings.past_due, after_days=settings.past_due.after_days - 1)
        return due_at(invoice, replace(settings, past_due=policy))

    return planted


BUGS = (
    Bug(
        "small-invoice-credited",
        "A small invoice credited that nobody had paid in part.",
        "fast",
        value(Invoice, "partially_paid", property(lambda self: self.amount_remaining.amount > 0)),
        ("M8",),
    ),
    Bug(
        "credited-beyond-tolerance",
        "More credited than the owner tolerates.",
        "fast",
        instead(decision, "is_within_tolerance", _within_a_hundredfold),
        ("M8",),
    ),
    Bug(
        "marked-while-processing",
        "An invoice marked uncollectible while a payment is processing.",
        "fast",
        instead(book, "decide", _given_up_while_processing),
        ("M7",),
    ),
    Bug(
        "marked-though-left-past-due",
        "An invoice marked uncollectible though the owner leaves unpaid invoices past due.",
        "fast",
        instead(decision, "uncollectible_due_at", _whatever_the_owner_said),
        ("M7",),
    ),
    Bug(
        "marked-a-day-early",
        "An invoice marked uncollectible a day early: the due day itself counted as past due.",
        "fast",
        instead(decision, "uncollectible_due_at", _a_day_early),
        ("M7",),
    ),
    Bug(
        "final-action-on-an-old-reading",
        "A final action on a reading that is older than five seconds.",
        "fast",
        never_too_old("final_action"),
        ("M7", "M8"),
    ),
)
