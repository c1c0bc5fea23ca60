"""Bugs in the report's sums: a number that a recount of everything does not find."""

from dataclasses import replace

from dunwell.adapters import tally_store
from dunwell.domain.customers import MessageState
from dunwell.use_cases import recovery_counting

from sandbox.memory.tallies import MemoryTallies
from tests.simulation.planted.bug import Bug, instead


def _as_if_sent(tally_of_mail):
    return lambda record, zone: tally_of_mail(replace(record, state=MessageState.SENT), zone)


def _first_time_only(replace_tally):
    def planted(self, key, before, after):
        if before is None:
            replace_tally(self, key, before, after)

    return planted


def _counted_again(changes):
    return lambda before, after: changes(None, after)


BUGS: tuple[Bug, ...] = (
    Bug(
        "rejected-mail-counted",
        "a mail that the mail service took and did not send is counted as sent.",
        "fast",
        instead(recovery_counting, "tally_of_mail", _as_if_sent),
        ("N4",),
    ),
    Bug(
        "counted-once-and-for-all",
        "an invoice is counted when its payment fails, and not what becomes of it.",
        "fast",
        instead(MemoryTallies, "replace", _first_time_only),
        ("N4",),
    ),
    Bug(
        "counted-on-top",
        "what a thing is counted for is added to what it was counted for before.",
        "full",
        instead(tally_store, "changes", _counted_again),
        ("N4",),
    ),
)
