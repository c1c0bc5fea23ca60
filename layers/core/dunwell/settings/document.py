"""The whole settings document."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dunwell.domain import limits
from dunwell.domain.days import is_zone
from dunwell.domain.policies import Settings
from dunwell.settings.automations import AUTOMATION, AUTOMATIONS_MAX
from dunwell.settings.endpoints import ENDPOINT, ENDPOINTS_MAX
from dunwell.settings.fields import BRANDING, MESSAGES, PAST_DUE, RETRY, STOP, TOLERANCE, fields_of
from dunwell.settings.kinds import Field, Flag, Instant, Listed, Table, Text, Whole

_DEFAULT: Final = Settings()


def _named_once(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for section in ("automations", "webhooks"):
        names = [one["name"] for one in document[section] or []]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield section, f"two are named {name!r}; give each a name of its own"


DOCUMENT: Final = Table(
    {
        **fields_of(
            _DEFAULT,
            {
                "active_since": (
                    Instant(),
                    "invoices finalized from then on are collected; null only observes",
                ),
                "adopt_open_invoices": (Flag(), "collect those that were open before, too"),
                "collect_without_auto_advance": (Flag(), "collect invoices whose auto_advance is off"),
                "time_zone": (
                    Text("an IANA zone, like Europe/Berlin", 100, is_zone),
                    "your zone: due dates and days past due are its calendar days",
                ),
                "attempts_per_hour": (
                    Whole(1, limits.ATTEMPTS_PER_HOUR_MAX),
                    "no more new attempts in any clock hour, over all invoices",
                ),
            },
        ),
        "retry": Field(RETRY, "when failed payments are tried again"),
        "messages": Field(MESSAGES, "which mails are sent, and when"),
        "past_due": Field(PAST_DUE, "what becomes of an invoice that stays unpaid"),
        "tolerance": Field(TOLERANCE, "the largest shortfall to credit, by currency, in minor units"),
        "branding": Field(BRANDING, "who writes, and how it looks"),
        "stop": Field(STOP, "the switches that stop everything"),
        "automations": Field(
            Listed(AUTOMATION, AUTOMATIONS_MAX),
            "other settings for some invoices; the first automation that matches counts",
            [],
        ),
        "webhooks": Field(
            Listed(ENDPOINT, ENDPOINTS_MAX),
            "your other systems that are told of events; docs/events.md says how",
            [],
        ),
    },
    (_named_once,),
)
