"""Payment attempts: when one is made, on what reading, and what is known of those before."""

from dataclasses import replace
from datetime import timedelta

from dunwell.domain import decision, retries, schemes
from dunwell.domain.decision import ActionKind
from dunwell.domain.invoices import Status
from dunwell.domain.payments import Failure, Origin, Outcome
from dunwell.use_cases import book, retry_execution
from dunwell.use_cases.book import Book, Look
from dunwell.use_cases.retry_execution import Charging, RetryExecution

from tests.simulation.planted.bug import Bug, Over, instead, never_too_old, together, value

A_DAY = timedelta(days=1)


def _unknown_is_declined(told):
    def planted(attempt, result):
        outcome = Outcome.DECLINED if result.outcome is Outcome.UNKNOWN else result.outcome
        return told(attempt, replace(result, outcome=outcome))

    return planted


def _written_afterwards(_):
    def planted(self, invoice_id):
        look = self.book.look(invoice_id)
        if look.due(ActionKind.ATTEMPT_PAYMENT) is None:
            self.book.write(look)
            return False
        admitted = self.rate.admit(self.clock.now(), look.settings.attempts_per_hour)
        fresh = self.clock.now() - look.facts.invoice.read_at <= timedelta(seconds=5)
        if admitted and fresh:
            self.charging.charge(look, self._new_attempt(look))
        return admitted and fresh

    return planted


def _counted_first(_):
    def planted(self, invoice_id):
        look = self.book.look(invoice_id)
        if look.due(ActionKind.ATTEMPT_PAYMENT) is None:
            self.book.write(look)
            return False
        attempt = replace(self._new_attempt(look), outcome=Outcome.DECLINED, failure=Failure(code="counted"))
        self.book.write(self.book.with_attempt(look, attempt))
        admitted = self.rate.admit(self.clock.now(), look.settings.attempts_per_hour)
        fresh = self.clock.now() - look.facts.invoice.read_at <= timedelta(seconds=5)
        if admitted and fresh:
            self.charging.charge(look, attempt)
        return admitted and fresh

    return planted


def _needs_no_payer(stops_retries):
    def planted(attempt, brand=None):
        code = attempt.failure.code if attempt.failure else None
        return None if code == "authentication_required" else stops_retries(attempt, brand)

    return planted


def _history_of_this_invoice(with_history):
    def planted(self, reading, attempts):
        method, claims = with_history(self, reading, attempts)
        if method is None:
            return None, claims
        made = tuple(a.started_at for a in attempts if a.charged and a.tried(method))
        return replace(method, attempted_at=made), claims

    return planted


def _only_ours(attribute):
    return lambda *args, **named: tuple(a for a in attribute(*args, **named) if a.number is not None)


def _asked_whatever_the_state(not_asked):
    def planted(invoice, *others):
        chargeable = replace(invoice, status=Status.OPEN, payment_processing=False)
        return not_asked(chargeable, *others)

    return planted


def _repeated_at_once(charge):
    def planted(self, look, attempt):
        def twice(invoice_id, key):
            result = self.processor.charge(invoice_id, key)
            if result.outcome is Outcome.UNKNOWN:
                result = self.processor.charge(invoice_id, key)
            return result

        charge(replace(self, processor=Over(self.processor, charge=twice)), look, attempt)

    return planted


def _void_is_open(decide):
    def planted(invoice, *rest):
        if invoice.status is not Status.VOID:
            return decide(invoice, *rest)
        return replace(decide(replace(invoice, status=Status.OPEN), *rest), wanted_messages=())

    return planted


def _processing_is_open(decide):
    def planted(invoice, attempts, *rest):
        if not invoice.payment_processing:
            return decide(invoice, attempts, *rest)
        ended = tuple(
            replace(a, outcome=Outcome.DECLINED) if a.outcome is Outcome.PROCESSING else a for a in attempts
        )
        decided = decide(replace(invoice, payment_processing=False), ended, *rest)
        return replace(decided, wanted_messages=())

    return planted


def _planned_from_now_on(plan_retry):
    def planted(invoice, *others):
        plan, now = plan_retry(replace(invoice, planned_retry=None), *others), others[3]
        if plan.planned is None:
            return plan
        return replace(plan, planned=replace(plan.planned, at=max(plan.planned.at, now + timedelta(hours=1))))

    return planted


def _due_whenever(_):
    def planted(self, kind):
        action = self.decision.next_action
        return action if action is not None and action.kind is kind else None

    return planted


def _own_count(attempts):
    return sum(1 for a in attempts if a.origin is Origin.DUNWELL and a.charged)


BUGS = (
    Bug(
        "unknown-is-declined",
        "Unknown treated as declined.",
        "fast",
        instead(retry_execution, "_told", _unknown_is_declined),
        ("M4", "M5", "M5b", "S3"),
    ),
    Bug(
        "attempt-written-after-the-charge",
        "The attempt written once its outcome is known: a crash in between forgets that it was made.",
        "fast",
        instead(RetryExecution, "run", _written_afterwards),
        ("M4", "M5", "M5b", "M6"),
    ),
    Bug(
        "counter-raised-before-the-work",
        "The attempt counter raised before the work: an attempt that is held back counts as made.",
        "fast",
        instead(RetryExecution, "run", _counted_first),
        ("M5b", "S3"),
    ),
    Bug(
        "retry-after-a-hard-decline",
        "A retry after a hard decline of the same card.",
        "fast",
        value(retries, "_hard_stop", lambda past, method: None),
        ("M4",),
    ),
    Bug(
        "authentication-required-is-soft",
        "A card that asks for its payer charged again without them.",
        "fast",
        instead(retries, "stops_retries", _needs_no_payer),
        ("M4",),
    ),
    Bug(
        "card-window-of-one-invoice",
        "A card's attempts counted on this invoice alone, not over all of them.",
        "fast",
        instead(Book, "_with_history", _history_of_this_invoice),
        ("M4",),
    ),
    Bug(
        "network-window-ignored",
        "The networks' limit of attempts on one card in thirty days ignored.",
        "fast",
        value(schemes, "earliest_attempt", lambda method, wanted: wanted),
        ("M4",),
    ),
    Bug(
        "processors-attempts-not-counted",
        "The processor's own first attempt does not count, so that there is one retry too many.",
        "fast",
        value(retries, "attempt_count", _own_count),
        ("M4",),
    ),
    Bug(
        "foreign-attempts-unseen",
        "Only our own attempts known: what the payer or the processor tried is not.",
        "fast",
        instead(book, "attribute", _only_ours),
        ("E3", "M4", "S3"),
    ),
    Bug(
        "pay-on-void",
        "Pay on void.",
        "fast",
        instead(book, "decide", _void_is_open),
        ("M2", "S1"),
    ),
    Bug(
        "charge-on-an-old-reading",
        "A charge on a reading that is older than five seconds.",
        "fast",
        never_too_old("retry_execution"),
        ("M2",),
    ),
    Bug(
        "resolution-on-an-old-reading",
        "A key sent again on a reading that is older than five seconds.",
        "fast",
        never_too_old("attempt_resolution"),
        ("M2",),
    ),
    Bug(
        "resolution-whatever-the-state",
        "A key sent again though the invoice was paid, voided or is being paid.",
        "fast",
        together(
            instead(decision, "not_asked", _asked_whatever_the_state),
            instead(book, "not_asked", _asked_whatever_the_state),
        ),
        ("M2",),
    ),
    Bug(
        "charge-repeated-at-once",
        "A charge without an answer repeated at once, without looking again.",
        "fast",
        instead(Charging, "charge", _repeated_at_once),
        ("M2",),
    ),
    Bug(
        "processing-is-open",
        "A bank debit that is processing for days taken for one that failed.",
        "fast",
        instead(book, "decide", _processing_is_open),
        ("M2", "M7", "M8"),
    ),
    Bug(
        "unresolved-passed-over",
        "The next attempt made before the one before it has a definitive outcome.",
        "fast",
        value(decision, "_unresolved", lambda attempts: None),
        ("M4", "M5", "M5b", "S3"),
    ),
    Bug(
        "retry-planned-anew-at-each-look",
        "A retry that is planned anew at each look and never made.",
        "fast",
        instead(decision, "plan_retry", _planned_from_now_on),
        ("S3",),
    ),
    Bug(
        "outdated-plan-carried-out",
        "A message acted on though the plan has moved since: what it asks for is made early, or twice.",
        "fast",
        instead(Look, "due", _due_whenever),
        ("M4", "M7"),
    ),
)
