"""`TallyStore` in memory."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from dunwell.domain.recovery import Tally, changes
from dunwell.errors import StaleFactsError


@dataclass
class MemoryTallies:
    counted: dict[str, Tally] = field(default_factory=dict)
    added: dict[tuple[date, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def of(self, key: str) -> Tally | None:
        return self.counted.get(key)

    def replace(self, key: str, before: Tally | None, after: Tally) -> None:
        if self.counted.get(key) != before:
            raise StaleFactsError(key)
        self.counted[key] = after
        for where, counts in changes(before, after).items():
            self.added[where].update(counts)

    def sums(self, since: date, until: date) -> Iterator[tuple[date, str, Mapping[str, int]]]:
        for (day, section), counts in sorted(self.added.items()):
            told = {name: number for name, number in counts.items() if number}
            if since <= day <= until and told:
                yield day, section, told
