"""Tells the mutation score that mutmut counted, and fails below the floor. `make mutate` runs it."""

import json
import sys
from pathlib import Path

FLOOR_PERCENT = 90


def main(stats_file: str) -> int:
    """0 when enough mutants were noticed: those that never end are, those that were never tried are not."""
    stats = json.loads(Path(stats_file).read_text(encoding="utf-8"))
    noticed, total = stats["killed"] + stats["timeout"], stats["total"]
    percent = 100 * noticed / total if total else 0.0
    told = f"mutation score: {noticed} / {total} killed, {percent:.1f} % (at least {FLOOR_PERCENT} %)"
    sys.stdout.write(told + "\n")
    return 0 if percent >= FLOOR_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
