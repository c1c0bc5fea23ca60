"""A customer's own record: how likely each way in which an account is filled makes it."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from dunwell.domain.history import PastAttempt
from dunwell.domain.smart_retries.causes import Cause, shares_of
from dunwell.domain.smart_retries.curves import FIXED, PAYDAYS, Irregular
from dunwell.domain.smart_retries.pay_cycles import LEAK, gone_since, last_pay_days, left_at, local_days

FORGOTTEN_DAYS: Final = 120.0
"""What a customer's attempt tells of their pay cycle is worth half after so long."""

USUAL_LACK: Final = 0.25
"""How often a customer has no money at any time."""

PRESENT_LACK: Final = 0.65
"""How often money lacks, over all ways in which an account is filled, each as common as it is. A failure of
now is one in every cause: it speaks for those accounts that lack money oftener than that, no more."""

RETRIES_FAIL: Final = 0.7
"""How often a retry fails, before anything is seen of a customer."""

USUAL_KNOWN: Final = 4.0
"""As many attempts of their own give a customer half the say about how often theirs fail."""


@lru_cache(maxsize=1_024)
def likely_records(own: tuple[PastAttempt, ...], now: datetime, zone_name: str) -> Sequence[float]:
    """How much likelier each way in which an account is filled (the first of `FIXED`) makes the customer's
    own attempts, up to the failure at `now`, than what is usual for this customer: theirs fail as often as
    they do, on any day. Asked for again with each retry."""
    zone = ZoneInfo(zone_name)
    seen = _seen([past for past in own if past.at < now], now, zone)
    usual = _told_by_no_rhythm(seen) + math.log(PRESENT_LACK / USUAL_LACK)
    seen.append(Seen(local_days(now, zone), succeeded=False, blur=0.0, weight=1.0))
    irregular = (curve for curve in FIXED if isinstance(curve, Irregular))
    told = [*_told_by_paydays(seen), *(_told_by_irregular(seen, curve) for curve in irregular)]
    return [math.exp(min(log - usual, 50.0)) for log in told]


class Seen(NamedTuple):
    """An attempt of the customer's: local day, whether it succeeded, how likely a failure had nothing to
    do with money (relative to that it had), what it still counts, and whether the same invoice had just
    failed."""

    at: float
    succeeded: bool
    blur: float
    weight: float
    is_retry: bool = False


def _seen(own: Sequence[PastAttempt], now: datetime, zone: ZoneInfo) -> list[Seen]:
    found, failing = [], ""
    for past in own:
        is_retry = past.invoice_id == failing != ""
        days, weight = local_days(past.at, zone), _age_weight(past.at, now)
        found.append(Seen(days, past.succeeded, _blur(past.code), weight, is_retry))
        failing = "" if past.succeeded else past.invoice_id
    return found


def _told_by_no_rhythm(seen: Sequence[Seen]) -> float:
    """The log of how likely what was seen is, relative to what is usual of anybody, where money lacks on any
    day as often as it did before for this customer (Beta priors), at first attempts and at retries."""
    told = 0.0
    lacked = [USUAL_KNOWN * USUAL_LACK, USUAL_KNOWN * RETRIES_FAIL]
    made = [USUAL_KNOWN, USUAL_KNOWN]
    for one in seen:
        lack = lacked[one.is_retry] / made[one.is_retry]
        told += one.weight * _log(1.0 - lack, one.blur, succeeded=one.succeeded)
        counted = 1.0 if one.succeeded else lack / (lack + one.blur)
        lacked[one.is_retry] += counted * (not one.succeeded)
        made[one.is_retry] += counted
    return told


def _told_by_paydays(seen: Sequence[Seen]) -> list[float]:
    """For all of `PAYDAYS` the log of how likely what was seen is, relative to what is usual of anybody.
    Money that was gone stays gone until the next pay day; money that was there may be there still."""
    told = [0.0] * len(PAYDAYS)
    before: tuple[Sequence[int], Seen] | None = None
    for one in seen:
        pays = last_pay_days(int(one.at))
        logs = _logs(one.at, one.blur, succeeded=one.succeeded)
        if before is not None:
            logs = _after(*before, one, pays, logs)
        told = [sum_ + one.weight * log for sum_, log in zip(told, logs, strict=True)]
        if one.succeeded or one.blur < 0.5:
            before = (pays if one.succeeded else gone_since(one.at)), one
    return told


def _after(
    pays_before: Sequence[int], before: Seen, one: Seen, pays: Sequence[int], logs: Sequence[float]
) -> list[float]:
    """What an attempt tells, after what was seen earlier in the same pay period; `logs` without that."""
    if before.succeeded:
        return [
            _log(min(0.97, now / then), one.blur, succeeded=one.succeeded) if pay == pay_then else log
            for pay_then, pay, then, now, log in zip(
                pays_before, pays, left_at(before.at), left_at(one.at), logs, strict=True
            )
        ]
    gone = _log(LEAK, one.blur, succeeded=one.succeeded)
    return [gone if then == now else log for then, now, log in zip(pays_before, pays, logs, strict=True)]


@lru_cache(maxsize=2_000)
def _logs(at: float, blur: float, *, succeeded: bool) -> Sequence[float]:
    """`_log` for what each of `PAYDAYS` has left; many customers are charged at the same time."""
    log, usual = math.log, _log(0.0 if not succeeded else 1.0, blur, succeeded=succeeded)
    if succeeded:
        return [usual + log(left) for left in left_at(at)]
    none = usual - log(1.0 + blur)
    return [none + log(1.0 - left + blur) for left in left_at(at)]


def _log(left: float, blur: float, *, succeeded: bool) -> float:
    """How far what was seen speaks for so much money being there, rather than what is usual."""
    if succeeded:
        return math.log(left / (1.0 - USUAL_LACK))
    return math.log((1.0 - left + blur) / (USUAL_LACK + blur))


def _told_by_irregular(seen: Sequence[Seen], curve: Irregular) -> float:
    """The same for money that comes and goes: after a while it is as likely there as ever (`most`)."""
    told, before = 0.0, None
    for one in seen:
        there = curve.most
        if before is not None:
            renewed = curve.renewed(one.at - before.at)
            there = curve.most * renewed + (1.0 - renewed) * before.succeeded
        there = min(max(there, LEAK), 0.97)
        told += one.weight * _log(there, one.blur, succeeded=one.succeeded)
        before = one
    return told


@lru_cache(maxsize=256)
def _blur(code: str | None) -> float:
    """How often such a failure has nothing to do with money, for each one that has, as often as money
    lacks."""
    funds = shares_of(code or "-")[Cause.FUNDS]
    return (1.0 - funds) / max(funds, 0.01) * USUAL_LACK


def _age_weight(at: datetime, now: datetime) -> float:
    days: float = (now - at) / timedelta(days=1)
    return math.exp2(-days / FORGOTTEN_DAYS)
