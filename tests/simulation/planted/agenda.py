"""The agenda: what is due stays in it, whatever crashes."""

from dataclasses import replace
from datetime import timedelta

from dunwell.domain import decision
from dunwell.domain.payments import Outcome
from dunwell.use_cases import dispatching, reminder_dispatch
from dunwell.use_cases.book import Book

from tests.simulation.planted.bug import Bug, instead, value


def _taken_out(with_attempt):
    def planted(self, look, attempt):
        written = with_attempt(self, look, attempt)
        if attempt.outcome is not Outcome.UNKNOWN:
            return written
        return replace(written, decision=replace(written.decision, next_action=None))

    return planted


def _closed(look_again):
    return lambda now, *reasons: replace(look_again(now, *reasons), next_action=None)


def _for_the_next_message_alone(_):
    def planted(customer, contact):
        return contact.next_message.at if contact.next_message else None

    return planted


def _while_in_hand_alone(_):
    def planted(customer, contact):
        held = [record.at + timedelta(minutes=15) for record in customer.records if record.in_hand]
        return min(held, default=None)

    return planted


BUGS = (
    Bug(
        "entry-taken-out-while-worked-on",
        "An agenda entry taken out for the time of the work, and missing after a crash.",
        "fast",
        instead(Book, "with_attempt", _taken_out),
        ("M5b", "S1"),
    ),
    Bug(
        "look-again-closes-the-entry",
        "Where nothing is to be done the agenda entry closed instead of looked at again.",
        "fast",
        instead(decision, "_look_again", _closed),
        ("S1",),
    ),
    Bug(
        "lease-without-end",
        "A lease that never expires.",
        "fast",
        value(dispatching, "LEASE", timedelta(days=3650)),
        ("M5b", "R3", "S1", "S3"),
    ),
    Bug(
        "looked-at-after-a-month",
        "An invoice left unlooked at for a month.",
        "fast",
        value(decision, "LOOK_AGAIN_MAX", timedelta(days=30)),
        ("S1",),
    ),
    Bug(
        "handed-over-and-forgotten",
        "A customer's entry closed once a mail was handed over, whether or not it arrived.",
        "fast",
        instead(reminder_dispatch, "_next_due_at", _for_the_next_message_alone),
        ("R3", "S1"),
    ),
    Bug(
        "next-mail-forgotten",
        "A customer's entry closed after a mail, though another is wanted later.",
        "fast",
        instead(reminder_dispatch, "_next_due_at", _while_in_hand_alone),
        ("R3", "S1"),
    ),
)
