"""Work spread over processes, its results in the order in which it was given."""

import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Final, TypeVar

Given = TypeVar("Given")
Done = TypeVar("Done")

AHEAD: Final = 4
"""Pieces of work that wait for each process: enough to keep it busy, few enough to end soon."""


def in_order(work: Callable[[Given], Done], pieces: Iterable[Given], jobs: int) -> Generator[Done]:
    """The result of each piece, in order. With one job everything is done in this process.

    `work` must be a module's function, and what it takes and returns picklable. When the caller stops
    listening what waits is dropped and what runs is waited for. Raises `OSError` when a process dies.
    """
    if jobs == 1:
        yield from map(work, pieces)
        return
    pending: deque[Future[Done]] = deque()
    with _pool(jobs) as pool:
        for piece in pieces:
            pending.append(pool.submit(work, piece))
            if len(pending) >= AHEAD * jobs:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _begin)
    try:
        yield pool
    except BrokenProcessPool as error:
        raise OSError("a worker process died; is there enough memory for so many jobs?") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """A worker leaves Ctrl-C to the process that started it, and does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
