"""`SettingsStore` and `SettingsHistory` over DynamoDB: the owner's settings, version by version."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pynamodb.exceptions import PutError

from dunwell.adapters.tables import LOST_TO_ANOTHER, SettingsRow
from dunwell.domain.policies import Settings
from dunwell.errors import StaleFactsError
from dunwell.history import SettingsVersion
from dunwell.ports import Clock, Telling
from dunwell.settings import SettingsError, read_settings

SETTINGS_NAME: Final = "settings"
FRESH_FOR: Final = timedelta(seconds=5)
"""How long a warm function goes on with what it has read: a switch acts within this time."""

VERSIONS_TRIED: Final = 5
"""How many versions back a valid one is looked for; without one Dunwell only observes."""


@dataclass(slots=True)
class DynamoSettingsStore:
    clock: Clock
    telling: Telling
    _read: tuple[datetime, Settings] | None = field(default=None, init=False)

    def current(self, at_least: int = 0) -> Settings:
        """The owner's settings; the defaults, in observe mode, as long as there are none."""
        now = self.clock.now()
        fresh = self._read is not None and timedelta(0) <= now - self._read[0] < FRESH_FOR
        if self._read is None or not fresh or self._read[1].version < at_least:
            self._read = (now, self._usable())
        return self._read[1]

    def newest(self) -> SettingsVersion | None:
        """See `SettingsHistory`."""
        return next(iter(self.versions(1)), None)

    def version(self, number: int) -> SettingsVersion | None:
        try:
            return _version(SettingsRow.get(SETTINGS_NAME, number, consistent_read=True))
        except SettingsRow.DoesNotExist:
            return None

    def versions(self, count_max: int) -> Iterator[SettingsVersion]:
        rows = SettingsRow.query(
            SETTINGS_NAME, scan_index_forward=False, limit=count_max, consistent_read=True
        )
        yield from map(_version, rows)

    def keep(self, made: SettingsVersion) -> None:
        row = SettingsRow(
            SETTINGS_NAME, made.version, body=made.body, text=made.text, by=made.by, at=made.at, why=made.why
        )
        try:
            row.save(condition=SettingsRow.version.does_not_exist())
        except PutError as error:
            if error.cause_response_code in LOST_TO_ANOTHER:
                raise StaleFactsError(SETTINGS_NAME) from error
            raise

    def _usable(self) -> Settings:
        """The newest version that can be read; a wrong one is told of loudly and passed over."""
        rows = SettingsRow.query(
            SETTINGS_NAME, scan_index_forward=False, limit=VERSIONS_TRIED, consistent_read=True
        )
        for row in rows:
            try:
                return read_settings(row.body, int(row.version))
            except SettingsError as error:
                self.telling.count("SettingsRefused")
                self.telling.warn(f"settings refused: {error}", version=int(row.version))
        return Settings()


def _version(row: SettingsRow) -> SettingsVersion:
    return SettingsVersion(int(row.version), row.body, row.text, row.by, row.at, row.why)
