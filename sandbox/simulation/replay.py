"""Plays each seed in two processes whose strings hash differently, and compares what happened.

A history that depends on the order of a set, on an address or on the real clock shows here. As a module it
is one of these processes: it prints a line for each seed.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final

from sandbox.simulation.faults import Fault
from sandbox.simulation.models import MODELS
from sandbox.simulation.tallies import Block

HASH_SEEDS: Final = ("1", "2")
"""PYTHONHASHSEED of the first and the second play."""

Pair = tuple["subprocess.Popen[str]", "subprocess.Popen[str]"]


@dataclass(frozen=True, slots=True)
class Played:
    """A seed's hash and, where it violates one, its invariant, from each of its two plays."""

    seed: int
    first: str
    second: str


def play_twice(block: Block, jobs: int) -> Iterator[Played]:
    """Each seed in order. Raises `OSError` when a process fails; none is left when the caller stops."""
    pairs_max = max(1, jobs // len(HASH_SEEDS))
    with _pairs(block, min(pairs_max, block.seeds)) as pairs:
        for number in range(block.seeds):
            first, second = pairs[number % len(pairs)]
            yield Played(block.first + number, _line(first), _line(second))


@contextmanager
def _pairs(block: Block, count: int) -> Iterator[list[Pair]]:
    """Processes that share the seeds: each of `count` pairs plays every `count`th."""
    started: list[subprocess.Popen[str]] = []
    try:
        for number in range(count):
            started += [_start(block, number, count, hash_seed) for hash_seed in HASH_SEEDS]
        yield list(zip(started[::2], started[1::2], strict=True))
    finally:
        for process in started:
            process.kill()
            process.communicate()


def _start(block: Block, offset: int, stride: int, hash_seed: str) -> "subprocess.Popen[str]":
    kinds = "all" if block.kinds is None else ",".join(sorted(block.kinds))
    numbers = (block.first + offset, block.first + block.seeds, stride)
    return subprocess.Popen(  # noqa: S603 - this module itself
        [sys.executable, "-m", __name__, block.model, kinds, *map(str, numbers)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def _line(process: "subprocess.Popen[str]") -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise OSError(f"a process that plays seeds ended with {process.wait()}")
    return line.strip()


def main(arguments: list[str], out: IO[str]) -> None:
    """Prints the hash of each seed from a first one, in strides, to before an end."""
    model, names, *numbers = arguments
    kinds = None if names == "all" else frozenset(map(Fault, names.split(",")))
    for seed in range(*map(int, numbers)):
        result = MODELS[model].play(seed, kinds=kinds)
        invariant = f" {result.violation.invariant}" if result.violation else ""
        out.write(f"{result.digest}{invariant}\n")
        out.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1:], sys.stdout)
    except KeyboardInterrupt:
        sys.exit(1)
