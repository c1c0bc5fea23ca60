"""The time zone of a customer: what their metadata says, else what their address implies."""

from functools import cache
from importlib.resources import files
from typing import Final

from dunwell.domain.days import is_zone

_STATES: Final = {
    "US": (
        ("America/Chicago", "AL AR IL IA KS LA MN MS MO NE ND OK SD TN TX WI"),
        ("America/Denver", "CO ID MT NM UT WY"),
        ("America/Phoenix", "AZ"),
        ("America/Los_Angeles", "CA NV OR WA"),
        ("America/Anchorage", "AK"),
        ("Pacific/Honolulu", "HI"),
    ),
    "CA": (
        ("America/Vancouver", "BC YT"),
        ("America/Edmonton", "AB NT"),
        ("America/Winnipeg", "MB SK NU"),
        ("America/Halifax", "NS NB PE"),
        ("America/St_Johns", "NL"),
    ),
    "AU": (
        ("Australia/Brisbane", "QLD"),
        ("Australia/Adelaide", "SA"),
        ("Australia/Darwin", "NT"),
        ("Australia/Perth", "WA"),
        ("Australia/Hobart", "TAS"),
    ),
}
"""States whose zone differs from their country's first one (IANA tz database, 2026; the zone of most
of a state's people where it has several)."""

_COUNTRY_FIRST: Final = {"US": "America/New_York", "CA": "America/Toronto", "AU": "Australia/Sydney"}


def time_zone_of(named: str | None, country: str | None, state: str | None) -> str | None:
    """An IANA zone, or None when nothing tells. `named` counts only when it is a zone."""
    if named is not None and is_zone(named):
        return named
    if country is None:
        return None
    for zone, states in _STATES.get(country.upper(), ()):
        if state is not None and state.strip().upper() in states.split():
            return zone
    return _COUNTRY_FIRST.get(country.upper()) or _zones_by_country().get(country.upper())


@cache
def _zones_by_country() -> dict[str, str]:
    """The first zone of each country in the tz database's own table (most populous first)."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found.setdefault(country, zone)
    return found
