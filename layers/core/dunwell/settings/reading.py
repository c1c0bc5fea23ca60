"""Reads the owner's settings from a JSON document, with errors that say what to do."""

import json
from dataclasses import replace
from typing import Any, Final

from cattrs.preconf.json import make_converter

from dunwell.domain.money import Money
from dunwell.domain.policies import Automation, Conditions, Settings
from dunwell.settings.document import DOCUMENT
from dunwell.settings.kinds import Problem

_converter: Final = make_converter()


class SettingsError(ValueError):
    """A settings document that is not accepted; the text names each field and what is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def read_settings(document: str, version: int) -> Settings:
    """The settings of a JSON document, as version `version`. Raises `SettingsError`."""
    return read_plain(_parsed(document), version)


def read_plain(plain: Any, version: int) -> Settings:
    """The settings that a parsed document says, as version `version`. Raises `SettingsError`."""
    problems = problems_in(plain)
    if problems:
        raise SettingsError(problems)
    return replace(_structured(plain), version=version)


def problems_in(plain: Any) -> list[Problem]:
    """What is wrong with a parsed document; nothing when it can be used."""
    found = list(DOCUMENT.problems(plain, ()))
    if found:
        return found
    for place, automation in enumerate(plain.get("automations", [])):
        whole = DOCUMENT.problems(_overridden(plain, automation["settings"]), ())
        found += [Problem(("automations", place, "settings", *one.path), one.text) for one in whole]
    return found


def _overridden(plain: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    """The document with what an automation says instead, section by section."""
    sections = {
        name: {**plain.get(name, {}), **told} if isinstance(told, dict) else told
        for name, told in overrides.items()
    }
    return {**plain, **sections, "automations": []}


def _parsed(document: str) -> Any:
    try:
        return json.loads(document)
    except json.JSONDecodeError as error:
        raise SettingsError([Problem((), f"line {error.lineno}: not JSON: {error.msg}")]) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError([Problem((), f"not JSON of any use: {error}")]) from error


def _structured(plain: dict[str, Any]) -> Settings:
    """The settings of a document without a problem."""
    tolerance = {code: Money(amount, code) for code, amount in plain.get("tolerance", {}).items()}
    automations = tuple(
        Automation(
            one["name"],
            _converter.structure(one["when"], Conditions),
            _structured(_overridden(plain, one["settings"])),
        )
        for one in plain.get("automations", [])
    )
    simple = {name: told for name, told in plain.items() if name not in ("tolerance", "automations")}
    settings = _converter.structure(simple, Settings)
    return replace(settings, tolerance=tolerance, automations=automations)
