"""Days and hours: whose day it is, and whose night."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from dunwell.domain import wanted
from dunwell.domain.customers import Customer
from dunwell.domain.days import local_date
from dunwell.domain.invoices import Invoice
from dunwell.use_cases import email_delivery

from tests.simulation.planted.bug import Bug, instead, value


def _in_winter_time(_):
    def planted(day, hour, zone):
        offset = ZoneInfo(zone).utcoffset(datetime(day.year, 1, 15, tzinfo=UTC).replace(tzinfo=None))
        return datetime.combine(day, time(hour), tzinfo=UTC) - offset

    return planted


BUGS = (
    Bug(
        "due-date-in-utc",
        "The due date in UTC instead of the owner's zone.",
        "fast",
        value(Invoice, "due_date", lambda self, _: local_date(self.due_at or self.created_at, "UTC")),
        ("M7", "R3", "R4"),
    ),
    Bug(
        "reminders-day-in-utc",
        "A reminder's day begun at midnight in UTC, not in the customer's zone.",
        "fast",
        instead(wanted, "at_local", lambda at_local: lambda day, hour, zone: at_local(day, hour, "UTC")),
        ("R4",),
    ),
    Bug(
        "winter-time-all-year",
        "A zone's winter offset taken for the whole year.",
        "fast",
        instead(wanted, "at_local", _in_winter_time),
        ("R4",),
    ),
    Bug(
        "owners-zone-for-send-hours",
        "The owner's zone for the send hours instead of the customer's.",
        "fast",
        value(Customer, "zone", lambda self, owner_zone: owner_zone),
        ("R4",),
    ),
    Bug(
        "night-that-fell-meanwhile",
        "The send hours looked at when a mail is planned, not when it is sent.",
        "fast",
        value(email_delivery, "next_within_hours", lambda instant, first, last, zone: instant),
        ("R4",),
    ),
)
