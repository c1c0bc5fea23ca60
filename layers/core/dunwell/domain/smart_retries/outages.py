"""Outages: banks that cannot be reached, as their other cards tell, and how far one hides what is wrong."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from dunwell.domain.history import OUTAGE_SPAN, PastAttempt
from dunwell.domain.smart_retries.causes import Cause, shares_of
from dunwell.domain.smart_retries.locks import Trail

OTHER_PAID: Final = 0.15
"""How likely another card of the bank is taken in an outage, for each time it is without one."""

OTHER_FAILED: Final = 2.0
"""The same of one that is declined, with a code that tells nothing."""

TOLD_LEAST, TOLD_MOST = 0.25, 4.0
"""How far such a decline's code may speak against an outage, and for one."""

EVIDENCE_LEAST, EVIDENCE_MOST = 0.02, 30.0
"""How far all other cards together may."""

OUTAGES_MIN: Final = 0.1
"""Codes behind which an outage is rarer are taken at their word."""


def outage_evidence(at: datetime, issuer: Sequence[PastAttempt]) -> float:
    """How many times likelier an outage is, after what happened to other cards of the issuer about then."""
    ratio = 1.0
    for other in issuer:
        if abs(other.at - at) <= OUTAGE_SPAN:
            ratio *= OTHER_PAID if other.succeeded else OTHER_FAILED * _told(other.code)
    return min(max(ratio, EVIDENCE_LEAST), EVIDENCE_MOST)


def hiding(trail: Trail, codes: Sequence[str | None]) -> Trail:
    """A trail in which outages hide what is wrong as locks do: after a decline that tells of one, money may
    be there all the same. `codes` are what the declines were classified on; the first one is left as it is,
    for its cause is weighed as a whole."""
    unreached = [0.0, *map(_unreached, codes[1:])]
    hidden = tuple(
        1.0 - (1.0 - lock) * (1.0 - one) for lock, one in zip(trail.hidden, unreached, strict=True)
    )
    unreached += [0.0] * (len(trail.stopped) - len(codes))
    return replace(trail, hidden=hidden, unreached=tuple(unreached))


def _told(code: str | None) -> float:
    """How much likelier a code is in an outage than of any decline."""
    ratio = shares_of(code or "-")[Cause.OUTAGE] / shares_of("-")[Cause.OUTAGE]
    return min(max(ratio, TOLD_LEAST), TOLD_MOST)


def _unreached(code: str | None) -> float:
    """How likely the bank was not reached, rather than the account empty."""
    shares = shares_of(code or "-")
    outage = shares[Cause.OUTAGE]
    return outage / (outage + shares[Cause.FUNDS]) if outage >= OUTAGES_MIN else 0.0
