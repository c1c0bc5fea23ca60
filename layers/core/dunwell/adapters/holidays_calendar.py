"""`Calendar` over the holidays library: weekends and public holidays by country and region."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from dunwell.domain.customers import Customer
from dunwell.domain.days import local_date
from dunwell.domain.policies import Settings

BACK: Final = 20
AHEAD: Final = 60
"""Days around now that are looked at: no mail waits longer."""

_WEEKEND: Final = frozenset({5, 6})
"""Saturday and Sunday, where a country is not known."""


@dataclass(frozen=True, slots=True)
class HolidaysCalendar:
    def with_closed_dates(self, customer: Customer, settings: Settings, now: datetime) -> Customer:
        """See `Calendar`. Nothing is looked up unless the settings ask for it."""
        if not settings.messages.business_days:
            return customer
        today = local_date(now, customer.zone(settings.time_zone))
        days = (today + timedelta(days=ahead) for ahead in range(-BACK, AHEAD + 1))
        known = _calendar(customer.country, customer.region)
        weekend = known.weekend if known is not None else _WEEKEND
        closed = {day for day in days if day.weekday() in weekend or (known is not None and day in known)}
        return replace(customer, closed_dates=frozenset(closed))


@lru_cache(maxsize=64)
def _calendar(country: str | None, region: str | None) -> Any:
    """A country's holidays, with the region's where it is one; None for a country that the library does not
    know."""
    if country is None:
        return None
    import holidays  # noqa: PLC0415 - heavy, and only for those who keep to business days

    for subdivision in (region, None):
        try:
            return holidays.country_holidays(country, subdiv=subdivision)
        except NotImplementedError:
            continue
    return None
