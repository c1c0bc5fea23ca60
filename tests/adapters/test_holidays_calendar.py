"""Business days: weekends and public holidays where the customer is, only for those who keep to them."""

from datetime import UTC, date, datetime

import pytest
from dunwell.adapters.holidays_calendar import HolidaysCalendar
from dunwell.domain.policies import MessagePolicy

from tests.build import customer, settings

KEPT = settings(messages=MessagePolicy(business_days=True), time_zone="Europe/Berlin")
EASTER = datetime(2026, 4, 2, 9, tzinfo=UTC)  # Thursday before Good Friday


def closed(now=EASTER, chosen=KEPT, **who):
    return HolidaysCalendar().with_closed_dates(customer(**who), chosen, now).closed_dates


@pytest.mark.parametrize(
    ("who", "shut", "open_"),
    [
        ({"country": "DE"}, [date(2026, 4, 3), date(2026, 4, 6), date(2026, 4, 4)], [date(2026, 4, 7)]),
        ({"country": "US"}, [date(2026, 4, 4), date(2026, 5, 25)], [date(2026, 4, 3), date(2026, 4, 6)]),
        ({"country": "DE", "region": "BY"}, [date(2026, 4, 3)], [date(2026, 4, 7)]),
        ({"country": "DE", "region": "nowhere"}, [date(2026, 4, 6)], [date(2026, 4, 7)]),
        ({"country": "SA"}, [date(2026, 4, 3), date(2026, 4, 4)], [date(2026, 4, 5)]),
        ({"country": "XX"}, [date(2026, 4, 4)], [date(2026, 4, 3)]),
        ({}, [date(2026, 4, 5)], [date(2026, 4, 6)]),
    ],
)
def test_weekends_and_holidays_are_those_of_the_customers_country(who, shut, open_):
    """Good Friday in Germany, Memorial Day in the States, Friday in Riyadh; else Saturday and Sunday."""
    found = closed(**who)
    assert set(shut) <= found
    assert not set(open_) & found


def test_a_regions_own_holiday_counts_there_alone():
    """Assumption Day in Bavaria's Catholic towns is not looked at, Epiphany is: in Bavaria, not in Berlin."""
    now = datetime(2027, 1, 4, 9, tzinfo=UTC)
    assert date(2027, 1, 6) in closed(now, country="DE", region="BY")
    assert date(2027, 1, 6) not in closed(now, country="DE", region="BE")


def test_nobody_is_looked_up_who_did_not_ask_for_it():
    """Every day is as good as another by default."""
    assert closed(chosen=settings(), country="DE") == frozenset()
