"""What the owner said: whose invoices these are, and that everything stops."""

from dataclasses import replace

from dunwell.domain import decision, ownership
from dunwell.domain.policies import Stop
from dunwell.use_cases import book, reminder_dispatch
from dunwell.use_cases.email_delivery import EmailDelivery

from tests.simulation.planted.bug import Bug, instead, together, value


def _none(*_):
    return None


def _unstopped(settings):
    return replace(settings, stop=Stop())


def _stopped_or_not(not_asked):
    def planted(invoice, attempts, customer, settings, now):
        return not_asked(invoice, attempts, customer, _unstopped(settings), now)

    return planted


def _goes_on(rests):
    return lambda self, look: rests(self, replace(look, settings=_unstopped(look.settings)))


def _decided_as_if_unstopped(decide_contact):
    return lambda customer, wanted, settings, now: decide_contact(customer, wanted, _unstopped(settings), now)


BUGS = (
    Bug(
        "not-ours-collected",
        "An invoice collected whose auto_advance is off and that nobody handed over, or that was kept out.",
        "fast",
        together(value(decision, "whose", _none), value(ownership, "whose", _none)),
        ("hands-off",),
    ),
    Bug(
        "observe-mode-acts",
        "Observe mode ignored.",
        "fast",
        together(value(decision, "observed", _none), value(ownership, "observed", _none)),
        ("S1b",),
    ),
    Bug(
        "stop-ignored-by-retries",
        "The stop switch ignored by retries that are due already.",
        "fast",
        value(decision, "_held_back", lambda decided, settings, now: decided),
        ("stop",),
    ),
    Bug(
        "stop-ignored-by-resolution",
        "The stop switch ignored by the resolution of unknown outcomes, which may charge.",
        "fast",
        together(
            instead(decision, "not_asked", _stopped_or_not), instead(book, "not_asked", _stopped_or_not)
        ),
        ("stop",),
    ),
    Bug(
        "rest-ignored",
        "A promise that runs, or a dispute that stands, ignored by retries, reminders and final actions.",
        "fast",
        value(decision, "resting", _none),
        ("M7", "R1"),
    ),
    Bug(
        "stop-ignored-by-mail",
        "The stop switch for mail ignored.",
        "fast",
        together(
            instead(EmailDelivery, "_mail_rests", _goes_on),
            instead(reminder_dispatch, "decide_contact", _decided_as_if_unstopped),
        ),
        ("stop",),
    ),
)
