"""Keeps the report's sums up as things happen: what is told of an invoice or a mail replaces what it was
counted for before."""

from dataclasses import dataclass
from typing import Final

from dunwell.domain.customers import MessageRecord
from dunwell.domain.money import Money
from dunwell.domain.recovery import Recovery, Tally, changes, tally_of, tally_of_mail
from dunwell.ports import SettingsStore, TallyStore, Telling
from dunwell.use_cases.races import again_when_stale

_AMOUNTS: Final = {
    "failed_amount": "AmountFailed",
    "recovered_amount": "AmountRecovered",
    "uncollectible_amount": "AmountUncollectible",
}
"""The metrics that amounts are told as."""


@dataclass(frozen=True, slots=True)
class RecoveryCounting:
    """Works on what the tables' streams tell; the same again changes nothing."""

    tallies: TallyStore
    settings: SettingsStore
    telling: Telling

    def run(self, told: tuple[str, Recovery | MessageRecord]) -> None:
        """Counts an invoice's recovery, or a mail, under the key that comes with it. Raises `StaleFactsError`
        when it was too late each time: it comes again."""
        key, what = told
        tally = self._tally(what)
        again_when_stale(lambda: self._count(key, tally))

    def _tally(self, what: Recovery | MessageRecord) -> Tally:
        if isinstance(what, Recovery):
            return tally_of(what)
        return tally_of_mail(what, self.settings.current().time_zone)

    def _count(self, key: str, tally: Tally) -> None:
        before = self.tallies.of(key)
        if before != tally and (before is not None or tally.counts):
            self.tallies.replace(key, before, tally)
            self.telling.count("CountsChanged")
            self._tell(before, tally)

    def _tell(self, before: Tally | None, after: Tally) -> None:
        """What has failed, and what was recovered, since it was counted last."""
        for (_, section), counts in changes(before, after).items():
            currency, _, what = section.partition("#")
            if what == "total":
                for name, metric in _AMOUNTS.items():
                    if counts.get(name, 0) > 0:
                        self.telling.amount(metric, Money(counts[name], currency))
                if counts.get("recovered", 0) > 0:
                    self.telling.count("InvoicesRecovered")
