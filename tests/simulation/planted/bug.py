"""What a planted bug is, and how one is planted: nothing of what is shipped is changed for good."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from inspect import isfunction, signature
from typing import Any, Literal

from dunwell.use_cases.book import Look

Plant = Callable[[], AbstractContextManager[None]]
"""Plants a bug for as long as a `with` lasts."""


@dataclass(frozen=True)
class Bug:
    """One thing done wrong (`what`), the model that can show it, and the invariants that may catch it."""

    name: str
    what: str
    model: Literal["fast", "full"]
    plant: Plant
    caught_by: tuple[str, ...]


def instead(owner: Any, name: str, make: Callable[[Any], Any]) -> Plant:
    """Puts `make(what stands there)` in the place of a module's or a class's attribute. It is made anew
    at each planting, so that what it remembers lasts as long as the planting. Raises `TypeError` for a
    function that cannot be called as the one in whose place it stands."""

    @contextmanager
    def plant() -> Iterator[None]:
        original = vars(owner)[name]
        planted = make(original)
        _check_fits(original, planted)
        setattr(owner, name, planted)
        try:
            yield
        finally:
            setattr(owner, name, original)

    return plant


def _check_fits(original: Any, planted: Any) -> None:
    if not (isfunction(original) and isfunction(planted)):
        return
    told = signature(original).parameters.values()
    by_place = [one.name for one in told if one.kind is one.POSITIONAL_OR_KEYWORD]
    by_name = {one.name: None for one in told if one.kind is one.KEYWORD_ONLY}
    signature(planted).bind(*by_place, **by_name)


def value(owner: Any, name: str, planted: Any) -> Plant:
    """Another value in the place of an attribute."""
    return instead(owner, name, lambda _: planted)


def together(*plants: Plant) -> Plant:
    """Several changes that make one bug."""

    @contextmanager
    def plant() -> Iterator[None]:
        with ExitStack() as stack:
            for one in plants:
                stack.enter_context(one())
            yield

    return plant


def never_too_old(use_case: str) -> Plant:
    """One use case takes any look for a fresh one."""

    def blind(is_fresh: Any) -> Any:
        def planted(self: Any, now: Any) -> bool:
            asked_by = sys._getframe(1).f_globals["__name__"]
            return asked_by.endswith(f".{use_case}") or is_fresh(self, now)

        return planted

    return instead(Look, "is_fresh", blind)


class Over:
    """A port with some of its methods replaced; the rest is the port's own."""

    def __init__(self, port: Any, **methods: Any) -> None:
        self._port = port
        self.__dict__.update(methods)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)
