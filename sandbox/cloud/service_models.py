"""boto3's descriptions of AWS's services, read from disk once: each session of its own would read them anew,
and every execution environment of a function has one."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore.loaders import JSONFileLoader

_read_once = cache(JSONFileLoader().load_file)


@contextmanager
def read_once() -> Iterator[None]:
    """Within it a description is read from disk at its first use in this process."""
    original: Any = JSONFileLoader.load_file
    JSONFileLoader.load_file = lambda _, path: _read_once(path)  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        JSONFileLoader.load_file = original  # type: ignore[method-assign]
