"""`SettingsStore` over DynamoDB: the newest version of the owner's settings, seconds old at most."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from dunwell.adapters.tables import SettingsRow
from dunwell.domain.policies import Settings
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

    def current(self) -> Settings:
        """The owner's settings; the defaults, in observe mode, as long as there are none."""
        now = self.clock.now()
        if self._read is None or not timedelta(0) <= now - self._read[0] < FRESH_FOR:
            self._read = (now, self._newest())
        return self._read[1]

    def _newest(self) -> Settings:
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
