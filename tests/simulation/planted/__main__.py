"""Finds, for each planted bug, the first seed of its model that shows it, and keeps it."""

import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.planted import BANK, SEEDS, first_caught, known_seeds

SEEDS_MAX = {"fast": 20_000, "full": 200}


def find(name: str) -> tuple[str, int | None]:
    """The seed of one bug; the one that is known already where it still shows it."""
    (bug,) = [one for one in BANK if one.name == name]
    known = known_seeds().get(name)
    result = first_caught(bug, 1, known) if known is not None else None
    result = result or first_caught(bug, SEEDS_MAX[bug.model])
    return name, result.seed if result else None


def main() -> None:
    names = [bug.name for bug in BANK]
    found = {}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for name, seed in pool.map(find, names):
            sys.stdout.write(f"{name}: {seed}\n")
            if seed is not None:
                found[name] = seed
    SEEDS.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
