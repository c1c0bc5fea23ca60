"""EventBridge schedules: when an expression of the template fires, in its own time zone."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_DAILY = re.compile(r"cron\((\d{1,2}) (\d{1,2}) \* \* \? \*\)")


class UnknownScheduleError(ValueError):
    """An expression that the sandbox cannot read: better refused than never fired."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule. `every` is set for a rate, (`hour`, `minute`) in `zone` for a daily one; `event` is
    what its function is invoked with."""

    name: str
    function: str
    zone: str
    every: timedelta | None = None
    hour: int = 0
    minute: int = 0
    event: str = "{}"

    @classmethod
    def read(cls, name: str, function: str, expression: str, zone: str, event: str = "{}") -> "Schedule":
        rate = _RATE.fullmatch(expression)
        if rate:
            return cls(name, function, zone, every=timedelta(**{f"{rate[2]}s": int(rate[1])}), event=event)
        daily = _DAILY.fullmatch(expression)
        if daily is None or int(daily[1]) > 59 or int(daily[2]) > 23:
            raise UnknownScheduleError(
                f"{name}: {expression} is neither rate(N minutes) nor cron(M H * * ? *)"
            )
        return cls(name, function, zone, hour=int(daily[2]), minute=int(daily[1]), event=event)

    def next_after(self, instant: datetime) -> datetime:
        """The first firing after an aware instant (UTC). A local time that a day lacks is skipped."""
        if self.every is not None:
            step = self.every.total_seconds()
            return datetime.fromtimestamp((instant.timestamp() // step + 1) * step, UTC)
        zone = ZoneInfo(self.zone)
        day = instant.astimezone(zone).date()
        while True:
            local = datetime(day.year, day.month, day.day, self.hour, self.minute, tzinfo=zone)
            fires = local.astimezone(UTC)
            exists = fires.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)
            if exists and fires > instant:
                return fires
            day += timedelta(days=1)
