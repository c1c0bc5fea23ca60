"""Weekends and public holidays: nothing leaves, and nothing is too late because of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from dunwell.domain.contact import last_moment
from dunwell.domain.customers import (
    MessageKind,
)

from tests.build import customer, day
from tests.domain.test_contact import ANY_HOUR, contact, message, skipped

EASTER_DAYS = frozenset(date(2026, 4, d) for d in (3, 4, 5, 6))
THURSDAY = datetime(2026, 4, 2, 9, tzinfo=UTC)


def over_easter(hours, wanted, **who):
    now = THURSDAY + timedelta(hours=hours)
    return contact(wanted, now, closed_dates=EASTER_DAYS, **who)


def test_nothing_leaves_on_a_closed_day_and_nothing_is_too_late_because_of_them():
    """Wanted on Good Friday with three days of grace: it leaves on Tuesday; those four days are added."""
    wanted = message("a", THURSDAY + timedelta(days=1))
    found = over_easter(24, [wanted])
    assert found.next_message.at == datetime(2026, 4, 7, 9, tzinfo=UTC)
    late = over_easter(24 * 5 + 2, [wanted])
    assert late.next_message.at == datetime(2026, 4, 7, 11, tzinfo=UTC)
    assert skipped(over_easter(24 * 8, [wanted])) == {"a": "too_late"}


def test_an_open_day_is_as_ever():
    """On Thursday it leaves at once."""
    assert over_easter(1, [message("a", THURSDAY)]).next_message.at == THURSDAY + timedelta(hours=1)


def test_a_reminder_of_the_coming_due_date_is_not_sent_after_it():
    """Its days are closed and it is not prolonged: it is skipped with its reason."""
    early = replace(message("early", THURSDAY + timedelta(days=1), grace_days=2), offset_days=-3)
    assert skipped(over_easter(24, [early])) == {"early": "no_room"}


def test_a_note_about_a_card_is_not_sent_once_it_has_expired():
    """However many closed days lay before."""
    note = message("note", THURSDAY + timedelta(days=1), MessageKind.CARD_EXPIRING, grace_days=2)
    assert skipped(over_easter(24, [note])) == {"note": "no_room"}


def closed(wanted, now, *days, **who):
    return contact(wanted, now, chosen=ANY_HOUR, closed_dates=frozenset(days), **who)


def test_the_day_after_a_closed_one_begins_at_midnight():
    """One closed day delays by one day, two by two."""
    wanted = [message("a", day(0), grace_days=9)]
    tuesday, wednesday = date(2026, 3, 3), date(2026, 3, 4)
    for shut, opens in (((tuesday,), day(1, 15)), ((tuesday, wednesday), day(2, 15))):
        found = closed(wanted, day(1), *shut)
        assert found.next_message.at == opens  # midnight, UTC


def test_a_message_lives_a_day_longer_for_each_closed_day_of_its_life():
    """The day on which it begins counts; that on which it is over does not, unless it lasts into it."""
    wanted = [message("a", day(0), grace_days=2)]
    assert last_moment(wanted[0], customer(), ANY_HOUR) == day(2)
    for shut, days in (
        ([2], 3),
        ([3], 3),
        ([4], 2),
        ([2, 3], 4),
        ([3, 4], 4),
        ([2, 4], 4),
        ([1, 5], 2),
    ):
        who = customer(closed_dates=frozenset(date(2026, 3, n) for n in shut))
        assert last_moment(wanted[0], who, ANY_HOUR) == day(days), shut
