"""Bugs in what others are told: a change that is not told, or one number for two."""

from dunwell.domain import announcements
from dunwell.domain.announcements import Announced
from dunwell.use_cases import book

from tests.simulation.planted.bug import Bug, instead


def _numbered_anew(published):
    def planted(news, announced, *rest):
        told = list(news)
        return published(told, Announced(len(told), announced.occasions), *rest)

    return planted


def _known_is_told(attempts_ended):
    def planted(before, attempts):
        known = {one.id for one in before}
        return attempts_ended(before, [one for one in attempts if one.id not in known])

    return planted


def _told_when_it_was_open(closed):
    def planted(before, invoice, attempts):
        return iter(()) if before is None else closed(before, invoice, attempts)

    return planted


def _told_at_each_look(closed):
    return lambda before, invoice, attempts: closed(None, invoice, attempts)


BUGS = (
    Bug(
        "events-numbered-anew",
        "Each write numbers its news from one.",
        "fast",
        instead(book, "published", _numbered_anew),
        ("N1",),
    ),
    Bug(
        "outcome-that-came-later-untold",
        "An attempt that was known before its outcome is taken for told.",
        "fast",
        instead(announcements, "_attempts_ended", _known_is_told),
        ("N2",),
    ),
    Bug(
        "paid-at-first-sight-untold",
        "That an invoice was paid is told only where it was heard of when it was open.",
        "fast",
        instead(announcements, "_closed", _told_when_it_was_open),
        ("N2",),
    ),
    Bug(
        "closed-told-at-each-look",
        "Each look at a closed invoice tells that it was closed.",
        "fast",
        instead(announcements, "_closed", _told_at_each_look),
        ("N2",),
    ),
)
