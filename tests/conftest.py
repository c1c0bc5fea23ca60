"""What all tests share: no connection leaves this machine, none reaches the real AWS; how much is drawn."""

import os
import socket
from importlib.util import find_spec
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

FUZZ_EXAMPLES: Final = os.environ.get("FUZZ_EXAMPLES")
"""How many examples each property is tried on; without it few, and the same ones in each run."""

settings.register_profile(
    "dunwell",
    max_examples=int(FUZZ_EXAMPLES or 60),
    derandomize=FUZZ_EXAMPLES is None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("dunwell")

collect_ignore = [] if find_spec("playwright") else ["browser"]
"""`make test-browser` installs what these need; `make test` does without."""

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class OutsideConnectionError(RuntimeError):
    """A test tried to reach something outside this machine."""


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuses every connection but those to this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in _LOOPBACK:
            raise OutsideConnectionError(f"a test reached for {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
