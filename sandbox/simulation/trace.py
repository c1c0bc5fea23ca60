"""What happened in a history, line by line, and one hash over all of it."""

import hashlib
from collections.abc import Callable
from datetime import datetime


class Trace:
    """Lines are kept only where somebody wants to read them; the hash is always there."""

    def __init__(self, now: Callable[[], datetime], *, kept: bool) -> None:
        self.lines: list[str] | None = [] if kept else None
        self.steps = 0
        self._now = now
        self._hash = hashlib.sha256()

    def add(self, text: str) -> None:
        self.steps += 1
        at = self._now()
        self._hash.update(f"{at.timestamp()} {text}\n".encode())
        if self.lines is not None:
            self.lines.append(f"{at:%d %b %H:%M:%S}  {text}")

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()[:16]
