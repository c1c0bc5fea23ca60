"""Idempotency keys: what makes the processor do one thing once."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

from dunwell.domain import attribution, decision
from dunwell.use_cases.final_action import FinalAction
from dunwell.use_cases.retry_execution import Charging, RetryExecution

from tests.simulation.planted.bug import Bug, instead, together, value


def _fresh_for_each_call(charge):
    numbers = count(1)

    def planted(self, look, attempt):
        key = f"dunwell-{look.facts.invoice.id}-{next(numbers)}"
        charge(self, look, replace(attempt, idempotency_key=key))

    return planted


def _raised_again_for_each_call(charge):
    def planted(self, look, attempt):
        number = attempt.number + attempt.asked + 1
        key = f"dunwell-{look.facts.invoice.id}-attempt-{number:03d}"
        charge(self, look, replace(attempt, idempotency_key=key))

    return planted


def _without_invoice(new_attempt):
    def planted(self, look):
        attempt = new_attempt(self, look)
        return replace(attempt, idempotency_key=f"dunwell-attempt-{attempt.number:03d}")

    return planted


def _fresh_for_each_final_action(do):
    numbers = count(1)

    def planted(self, invoice_id, record):
        key = f"{record.idempotency_key}-{next(numbers)}"
        return do(self, invoice_id, replace(record, idempotency_key=key))

    return planted


def _none_for_final_actions(do):
    return lambda self, invoice_id, record: do(self, invoice_id, replace(record, idempotency_key=""))


BUGS = (
    Bug(
        "fresh-key-for-each-call",
        "A fresh idempotency key per call.",
        "fast",
        instead(Charging, "charge", _fresh_for_each_call),
        ("M1", "M4", "M5", "M5b", "M6"),
    ),
    Bug(
        "key-from-a-counter-raised-twice",
        "A key from an attempt counter that is incremented twice: when it is written, and when it is sent.",
        "fast",
        instead(Charging, "charge", _raised_again_for_each_call),
        ("M4", "M5", "M5b", "M6"),
    ),
    Bug(
        "key-sent-after-a-day",
        "The key sent again after a day, when the processor may have forgotten it.",
        "fast",
        together(
            value(decision, "_provable", lambda attempt, now: True),
            value(attribution, "IDEMPOTENCY_KEY_MAX_AGE", timedelta(days=3650)),
        ),
        ("M6",),
    ),
    Bug(
        "key-without-its-invoice",
        "A key that is made of the attempt's number alone, so that two invoices share it.",
        "fast",
        instead(RetryExecution, "_new_attempt", _without_invoice),
        ("M5b", "M6"),
    ),
    Bug(
        "fresh-key-for-each-final-action",
        "A shortfall credited, or an invoice marked, under a fresh key each time it is tried.",
        "fast",
        instead(FinalAction, "_do", _fresh_for_each_final_action),
        ("M6", "M8"),
    ),
    Bug(
        "final-action-without-a-key",
        "A final action sent without an idempotency key.",
        "fast",
        instead(FinalAction, "_do", _none_for_final_actions),
        ("M6",),
    ),
)
