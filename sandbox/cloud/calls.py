"""Every call that a function makes to AWS comes through here: who calls, what is asked, what is answered.

It is the one door that all of boto3's and pynamodb's clients share. What stands around it (roles, the
mail service's reports, a simulation's faults) is put there as a `Guard`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from botocore.client import BaseClient

CALLER: Final[ContextVar[str | None]] = ContextVar("caller", default=None)
"""The logical id of the function that is running; None for the sandbox itself, whose calls pass."""


TRIES_OF_BOTO3: Final = 5
"""How often boto3 makes a request when nobody tells it otherwise."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function: `params` as boto3 was given them, `tries` how often its client may try."""

    function: str
    service: str
    operation: str
    params: dict[str, Any]
    tries: int


Guard = Callable[[Call, Callable[[], Any]], Any]
"""Answers a call, usually by making it: the second argument goes on to what stands behind."""


@dataclass(slots=True)
class Calls:
    """`guards` stand one behind the other, the first one outermost."""

    guards: list[Guard] = field(default_factory=list)

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Within it the door is watched."""
        original: Any = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001

        def watched(client: Any, operation: str, params: dict[str, Any]) -> Any:
            go = partial(original, client, operation, params)
            function = CALLER.get()
            if function is None:
                return go()
            service = client.meta.service_model.service_name
            call = Call(function, service, operation, params, _tries(client))
            for guard in reversed(self.guards):
                go = partial(guard, call, go)
            return go()

        BaseClient._make_api_call = watched  # type: ignore[attr-defined]  # noqa: SLF001
        try:
            yield
        finally:
            BaseClient._make_api_call = original  # type: ignore[attr-defined]  # noqa: SLF001


def _tries(client: Any) -> int:
    return int((client.meta.config.retries or {}).get("total_max_attempts", TRIES_OF_BOTO3))


@contextmanager
def calling_as(function: str) -> Iterator[None]:
    """Within it calls are the function's."""
    before = CALLER.set(function)
    try:
        yield
    finally:
        CALLER.reset(before)
