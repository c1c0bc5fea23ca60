"""Reads the owner's settings from a JSON document, with errors that say what to do."""

import json
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from cattrs import ClassValidationError, transform_error
from cattrs.preconf.json import make_converter

from dunwell.domain import limits
from dunwell.domain.days import is_zone
from dunwell.domain.money import Money
from dunwell.domain.policies import RetryKind, Settings

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


def _problems(settings: Settings) -> list[str]:
    """What the types alone do not say, each with what would be right."""
    retry, messages, past_due = settings.retry, settings.messages, settings.past_due
    checks = [
        (
            is_zone(settings.time_zone),
            f"time_zone: {settings.time_zone!r} is no IANA zone, like Europe/Berlin",
        ),
        (
            settings.active_since is None or settings.active_since.tzinfo is not None,
            "active_since: an instant with its offset, like 2026-11-01T00:00:00+00:00",
        ),
        (1 <= retry.retries <= limits.RETRIES_MAX, f"retry.retries: 1 to {limits.RETRIES_MAX}"),
        (
            1 <= retry.window_days <= limits.RETRY_WINDOW_DAYS_MAX,
            f"retry.window_days: 1 to {limits.RETRY_WINDOW_DAYS_MAX}",
        ),
        (
            retry.kind is not RetryKind.CUSTOM or 1 <= len(retry.days_after_previous) <= limits.RETRIES_MAX,
            f"retry.days_after_previous: 1 to {limits.RETRIES_MAX} numbers of days for a custom rule",
        ),
        (
            all(1 <= days <= limits.RETRY_WINDOW_DAYS_MAX for days in retry.days_after_previous),
            f"retry.days_after_previous: each 1 to {limits.RETRY_WINDOW_DAYS_MAX} days",
        ),
        (
            len(messages.reminder_offsets_days) <= limits.REMINDERS_MAX
            and len(set(messages.reminder_offsets_days)) == len(messages.reminder_offsets_days),
            f"messages.reminder_offsets_days: at most {limits.REMINDERS_MAX}, each once",
        ),
        (
            all(abs(days) <= limits.REMINDER_OFFSET_DAYS_MAX for days in messages.reminder_offsets_days),
            f"messages.reminder_offsets_days: at most {limits.REMINDER_OFFSET_DAYS_MAX} days away",
        ),
        (
            0 <= messages.send_from_hour < messages.send_until_hour <= 24,
            "messages.send_from_hour and send_until_hour: hours from 0 to 24, the first one earlier",
        ),
        (0 <= messages.grace_days <= 14, "messages.grace_days: 0 to 14"),
        (
            1 <= past_due.after_days <= limits.PAST_DUE_DAYS_MAX,
            f"past_due.after_days: 1 to {limits.PAST_DUE_DAYS_MAX}",
        ),
        (
            all(0 <= money.amount <= TOLERANCE_MAX for money in settings.tolerance.values()),
            f"tolerance: 0 to {TOLERANCE_MAX} minor units of its currency",
        ),
    ]
    return [f"settings.{text}" for holds, text in checks if not holds]
