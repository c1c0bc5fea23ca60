"""Reads the owner's settings from a JSON document, with errors that say what to do."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from itertools import chain
from typing import Any, Final

from cattrs import ClassValidationError, transform_error
from cattrs.preconf.json import make_converter

from dunwell.domain import limits
from dunwell.domain.days import is_zone
from dunwell.domain.money import Money
from dunwell.domain.policies import (
    INVOICE_IN_LINK,
    LANGUAGES,
    PAGE_LINK,
    PROCESSOR_LINK,
    Branding,
    MessagePolicy,
    PastDuePolicy,
    RetryKind,
    RetryPolicy,
    Settings,
)
from dunwell.messages.colours import is_colour

_converter = make_converter(forbid_extra_keys=True)


def _exactly(value: Any, kind: type[Any]) -> Any:
    """No value is taken for one of another type: "false" would be true, and null a name."""
    told_as = str if issubclass(kind, StrEnum) else kind
    if type(value) is not told_as:
        raise ValueError(f"not of type {told_as.__name__}")
    return kind(value)


for _kind in (bool, int, str):
    _converter.register_structure_hook(_kind, _exactly)

TOLERANCE_MAX: Final = 10_000
"""Largest shortfall, in minor units, that settings may credit; beyond it is surely a slip."""

ADDRESS_MAX: Final = 300
"""Characters of the legal address at a mail's foot."""

ICON_MAX: Final = 16_000
"""Characters of the icon: pages carry it along."""

_ICON: Final = re.compile(r"data:image/(?:png|svg\+xml|webp|jpeg|gif);base64,[A-Za-z0-9+/]+={0,2}")

_WEB: Final = re.compile(r"https://[!-~]{1,1000}")

Check = tuple[bool, str]
"""Whether something holds, and what would be right where it does not."""


class SettingsError(ValueError):
    """A settings document that is not accepted; the text names each field and what is wrong with it."""


def read_settings(document: str, version: int) -> Settings:
    """The settings of a JSON document, as version `version`. Raises `SettingsError`."""
    try:
        plain = json.loads(document)
    except json.JSONDecodeError as error:
        raise SettingsError(f"line {error.lineno}: not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"not JSON of any use: {error}") from error
    if not isinstance(plain, dict):
        raise SettingsError("settings are a JSON object: {...}")
    settings = replace(_structured(plain), version=version)
    problems = list(_problems(settings))
    if problems:
        raise SettingsError("; ".join(problems))
    return settings


def _structured(plain: dict[str, Any]) -> Settings:
    tolerance = plain.get("tolerance", {})
    try:
        amounts = {code: Money(amount, code) for code, amount in tolerance.items()}
        return replace(
            _converter.structure({**plain, "tolerance": {}}, Settings),
            tolerance=amounts,
        )
    except ClassValidationError as error:
        raise SettingsError("; ".join(transform_error(error, path="settings"))) from error
    except (AttributeError, TypeError, ValueError) as error:
        raise SettingsError(
            f"settings.tolerance: {error}; write minor units by currency, {{'eur': 200}}"
        ) from error


def _problems(settings: Settings) -> Iterator[str]:
    """What the types alone do not say, each with what would be right."""
    checks = chain(
        _general(settings),
        _limits(settings),
        _retry(settings.retry),
        _messages(settings.messages),
        _past_due(settings.past_due),
        _tolerance(settings.tolerance),
        _branding(settings.branding),
    )
    return (f"settings.{text}" for holds, text in checks if not holds)


def _general(settings: Settings) -> Iterator[Check]:
    zone, active_since = settings.time_zone, settings.active_since
    yield is_zone(zone), f"time_zone: {zone!r} is no IANA zone, like Europe/Berlin"
    yield (
        active_since is None or active_since.tzinfo is not None,
        "active_since: an instant with its offset, like 2026-11-01T00:00:00+00:00",
    )


def _limits(settings: Settings) -> Iterator[Check]:
    most = limits.ATTEMPTS_PER_HOUR_MAX
    yield 1 <= settings.attempts_per_hour <= most, f"attempts_per_hour: 1 to {most}"


def _retry(retry: RetryPolicy) -> Iterator[Check]:
    retries_max, days_max = limits.RETRIES_MAX, limits.RETRY_WINDOW_DAYS_MAX
    days_after, holdout_max = retry.days_after_previous, limits.HOLDOUT_PERCENT_MAX
    yield 1 <= retry.retries <= retries_max, f"retry.retries: 1 to {retries_max}"
    yield 1 <= retry.window_days <= days_max, f"retry.window_days: 1 to {days_max}"
    yield 0 <= retry.holdout_percent <= holdout_max, f"retry.holdout_percent: 0 to {holdout_max}"
    yield (
        retry.kind is not RetryKind.CUSTOM or 1 <= len(days_after) <= retries_max,
        f"retry.days_after_previous: 1 to {retries_max} numbers of days for a custom rule",
    )
    yield (
        all(1 <= days <= days_max for days in days_after),
        f"retry.days_after_previous: each 1 to {days_max} days",
    )


def _messages(messages: MessagePolicy) -> Iterator[Check]:
    offsets, days_max = messages.reminder_offsets_days, limits.REMINDER_OFFSET_DAYS_MAX
    yield (
        len(offsets) <= limits.REMINDERS_MAX and len(set(offsets)) == len(offsets),
        f"messages.reminder_offsets_days: at most {limits.REMINDERS_MAX}, each once",
    )
    yield (
        all(abs(days) <= days_max for days in offsets),
        f"messages.reminder_offsets_days: at most {days_max} days away",
    )
    yield (
        0 <= messages.send_from_hour < messages.send_until_hour <= 24,
        "messages.send_from_hour and send_until_hour: hours from 0 to 24, the first one earlier",
    )
    yield 0 <= messages.grace_days <= 14, "messages.grace_days: 0 to 14"
    link = messages.link
    yield (
        link in (PAGE_LINK, PROCESSOR_LINK) or (INVOICE_IN_LINK in link and _WEB.fullmatch(link) is not None),
        f"messages.link: {PAGE_LINK}, {PROCESSOR_LINK}, or an address like https://pay.example.com/{{invoice_id}}",
    )
    if messages.texts:
        from dunwell.messages.texts import problems  # noqa: PLC0415 - loads Babel, for the few who have own texts

        yield from ((False, f"messages.texts.{text}") for text in problems(messages.texts))


def _past_due(past_due: PastDuePolicy) -> Iterator[Check]:
    days_max = limits.PAST_DUE_DAYS_MAX
    yield 1 <= past_due.after_days <= days_max, f"past_due.after_days: 1 to {days_max}"


def _tolerance(tolerance: Mapping[str, Money]) -> Iterator[Check]:
    yield (
        all(0 <= money.amount <= TOLERANCE_MAX for money in tolerance.values()),
        f"tolerance: 0 to {TOLERANCE_MAX} minor units of its currency",
    )


def _branding(branding: Branding) -> Iterator[Check]:
    languages = ", ".join(LANGUAGES)
    yield branding.language in LANGUAGES, f"branding.language: one of {languages}"
    yield is_colour(branding.accent), "branding.accent: a colour like #1f4fd8"
    logo = branding.logo_url
    yield (
        logo is None or _WEB.fullmatch(logo) is not None,
        "branding.logo_url: the address of an image, https://...",
    )
    icon = branding.icon
    yield (
        icon is None or (len(icon) <= ICON_MAX and _ICON.fullmatch(icon) is not None),
        f"branding.icon: an image of at most {ICON_MAX} characters, data:image/png;base64,...",
    )
    yield (
        len(branding.address) <= ADDRESS_MAX,
        f"branding.address: at most {ADDRESS_MAX} characters",
    )
