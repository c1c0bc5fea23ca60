"""Policies and worlds by name; what a name means is loaded only when it is used."""

import importlib
import re
import sys
from collections.abc import Callable
from datetime import timedelta
from hashlib import blake2b
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from sandbox.recovery.baselines import at_random, even, immediate, ladder
from sandbox.recovery.counts import counts
from sandbox.recovery.protocol import OpenWorld, Policy, PolicyFactory

SMART: Final = "sandbox.recovery.smart:smart"
"""Module and factory of the policy that production uses."""

SMART_DAY_0: Final = "smart day 0"
"""The same policy, which never learns: what can be had on the first day. Runs only where it is asked for."""

REFERENCE: Final = "fixed 1-3-5-7"
"""What capture is measured from; it always runs."""

EVEN: Final = "even 8"
"""The comparison that counts."""

POLICIES: Final = (
    "immediate",
    "fixed 3-5-7",
    REFERENCE,
    "ladder 1-3-8-10-12",
    EVEN,
    "random 8",
    "counts",
    "smart",
    "smart 4",
)

WORLDS: Final = (
    "monthly_pay_days",
    "mixed_pay_days",
    "risk_locks",
    "outages",
    "replaced_cards",
    "masked_codes",
    "advice_codes",
    "hours",
    "regime_change",
    "everything",
    "null_constant",
    "null_hours_reversed",
    "no_pay_days",
)
"""The project's own worlds, each a module of `sandbox/recovery/worlds/`."""

REGIME_CHANGE: Final = "regime_change"
"""The one whose rules change half way."""

_DAYS: Final = re.compile(r"(?:fixed|ladder) (\d{1,3}(?:-\d{1,3})*)")
_COUNTED: Final = re.compile(r"(even|random|smart) (\d{1,3})")


def policy_factory(name: str) -> PolicyFactory:
    """What a name stands for; a number is the most retries it makes. Raises `ValueError` for none."""
    plain: dict[str, PolicyFactory] = {"immediate": immediate, "counts": counts}
    if name in plain:
        return plain[name]
    if name == SMART_DAY_0:
        return _smart("day_0")
    if name == "smart":
        return _smart()
    found = _DAYS.fullmatch(name)
    if found:
        return ladder([int(day) for day in found[1].split("-")])
    found = _COUNTED.fullmatch(name)
    if found and int(found[2]):
        kinds: dict[str, Callable[[], PolicyFactory]] = {
            "even": lambda: even,
            "random": lambda: at_random,
            "smart": _smart,
        }
        return _at_most(int(found[2]), kinds[found[1]]())
    raise ValueError(
        f"no policy is named {name!r}; there are {', '.join((*POLICIES, SMART_DAY_0))}; numbers may differ"
    )


def world_path(name: str) -> Path:
    """A world's module: one of the project's own by name, any other by path. Raises `ValueError`."""
    path = Path(__file__).with_name("worlds") / f"{name}.py" if name in WORLDS else Path(name)
    if not path.is_file():
        raise ValueError(
            f"there is no world {name}: give the path of a Python file, or one of {', '.join(WORLDS)}"
        )
    return path.resolve()


def load_world(path: Path) -> OpenWorld:
    """The function `open_world` of the Python file. Raises `ValueError` where it has none."""
    try:
        module = _loaded(path)
    except Exception as error:  # whatever a stranger's module raises, its user must read which and why
        raise ValueError(f"{path} cannot be loaded as a world: {type(error).__name__}: {error}") from error
    open_world: Any = getattr(module, "open_world", None)
    if not callable(open_world):  # the caller's file is wrong, no type in this program
        raise ValueError(f"{path} has no function open_world(seed, invoices); a world needs one")  # noqa: TRY004
    found: OpenWorld = open_world
    return found


def _loaded(path: Path) -> ModuleType:
    name = f"recovery_world_{blake2b(str(path).encode(), digest_size=8).hexdigest()}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("it is no Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


def _smart(other: str | None = None) -> PolicyFactory:
    module, factory = SMART.split(":")
    found: PolicyFactory = getattr(importlib.import_module(module), other or factory)
    return found


def _at_most(count: int, factory: PolicyFactory) -> PolicyFactory:
    def capped(attempts_max: int, window: timedelta) -> Policy:
        return factory(min(count, attempts_max), window)

    return capped
