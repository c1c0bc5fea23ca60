"""What may be said of an endpoint that is told of events."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from dunwell.domain.announcements import EventType
from dunwell.settings.fields import IS_WEB
from dunwell.settings.kinds import Choice, Field, Listed, Table, Text, matches

ENDPOINTS_MAX: Final = 10

LABEL_END: Final = 64
"""A part of a host's name is shorter."""

_NAME: Final = matches(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def _is_address(told: str) -> bool:
    """Whether a webhook may be sent there, as far as the address itself can tell; where its name leads is
    looked at before each delivery."""
    if not IS_WEB(told):
        return False
    try:
        parts = urlsplit(told)
        named = parts.hostname is not None and "." in parts.hostname and parts.port != 0
    except ValueError:
        return False
    if any(not 0 < len(label) < LABEL_END for label in str(parts.hostname).split(".")):
        return False
    return named and parts.username is None and not parts.fragment and not _is_number(str(parts.hostname))


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


ENDPOINT: Final = Table(
    {
        "name": Field(
            Text("a name of small letters, digits and hyphens, like billing-app", 40, _NAME),
            "names its secrets, and its deliveries",
        ),
        "url": Field(
            Text(
                "the https address of a public host, like https://hooks.example.com/dunwell",
                1_000,
                _is_address,
            ),
            "where events are posted",
        ),
        "events": Field(
            Listed(Choice(tuple(map(str, EventType))), len(EventType)), "only these types; all without it", []
        ),
    },
    needed=frozenset({"name", "url"}),
)
