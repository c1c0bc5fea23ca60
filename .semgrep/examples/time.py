import datetime as dt
import time
from datetime import UTC, date, datetime

# ruleid: nothing-by-chance
import random

# ruleid: nothing-by-chance
from random import choice

# ok: nothing-by-chance
import secrets

# ruleid: the-clock-is-a-port
datetime.now(UTC)
# ruleid: the-clock-is-a-port
dt.datetime.now(tz=UTC)
# ruleid: the-clock-is-a-port
datetime.utcnow()
# ruleid: the-clock-is-a-port
datetime.today()
# ruleid: the-clock-is-a-port
date.today()
# ruleid: the-clock-is-a-port
time.time()
# ruleid: the-clock-is-a-port
time.time_ns()


def decide(self, now):
    # ok: the-clock-is-a-port
    self.clock.now()
    # ok: the-clock-is-a-port
    datetime.fromisoformat("2026-03-02T09:00+00:00")
    # ok: the-clock-is-a-port
    time.sleep(1)
