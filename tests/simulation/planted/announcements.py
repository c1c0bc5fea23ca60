"""Bugs in what others are told: a change that is not told, or one number for two."""

from dataclasses import replace

from dunwell.domain import announcements
from dunwell.domain.announcements import Announced, EventType
from dunwell.use_cases import book, event_publication

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


def _first_promise_only(said):
    def planted(before, invoice):
        known = bool(before and before.word.promises)
        return (one for one in said(before, invoice) if not known or one.type is not EventType.PROMISE_MADE)

    return planted


def _no_dispute(said):
    return lambda before, invoice: (
        one for one in said(before, invoice) if one.type is not EventType.DISPUTED
    )


def _never_overdue(dates):
    return lambda *facts: ((at, kind) for at, kind in dates(*facts) if kind is not EventType.OVERDUE)


def _own_message_only(news_of_mail):
    return lambda record: news_of_mail(replace(record, tells=()))


def _without_complaints(news_of_mail):
    def planted(record):
        return (one for one in news_of_mail(record) if one[2].type is not EventType.MESSAGE_BOUNCED)

    return planted


def _retry_told_of_what_is_closed(published):
    def planted(news, announced, invoice, attempts, next_payment_attempt, at):
        return published(news, announced, invoice, attempts, next_payment_attempt or at, at)

    return planted


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
    Bug(
        "second-promise-untold",
        "Only the first promise on an invoice is told.",
        "fast",
        instead(announcements, "_said", _first_promise_only),
        ("N2",),
    ),
    Bug(
        "dispute-untold",
        "That a payer disputes an invoice is told to nobody.",
        "fast",
        instead(announcements, "_said", _no_dispute),
        ("N2",),
    ),
    Bug(
        "overdue-untold",
        "An invoice that is overdue is announced before its due date only.",
        "fast",
        instead(announcements, "_dates", _never_overdue),
        ("N2",),
    ),
    Bug(
        "statement-told-of-one",
        "Of a statement only the invoice that it was written for is told.",
        "fast",
        instead(event_publication, "news_of_mail", _own_message_only),
        ("N2",),
    ),
    Bug(
        "bounce-untold",
        "That a mail came back is told to nobody.",
        "fast",
        instead(event_publication, "news_of_mail", _without_complaints),
        ("N2",),
    ),
    Bug(
        "closed-invoice-tells-a-retry",
        "What is closed tells that it is tried again.",
        "fast",
        instead(book, "published", _retry_told_of_what_is_closed),
        ("N2",),
    ),
)
