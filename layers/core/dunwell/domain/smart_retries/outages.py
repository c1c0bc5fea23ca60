"""Outages: banks that cannot be reached, as their other cards tell, and how far one hides what is wrong."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from dunwell.domain.history import OUTAGE_SPAN, PastAttempt
from dunwell.domain.smart_retries.causes import Cause, Shares, shares_of
from dunwell.domain.smart_retries.locks import Trail

SharesOf = Callable[[str], Shares]

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


def outage_evidence(at: datetime, issuer: Sequence[PastAttempt], shares: SharesOf) -> float:
    """How many times likelier an outage is, after what happened to other cards of the issuer about then.
    `shares` tells what a code stands for on this card."""
    near = [other for other in issuer if abs(other.at - at) <= OUTAGE_SPAN]
    failed = Counter(other.code or "-" for other in near if not other.succeeded)
    ratio = OTHER_PAID ** sum(other.succeeded for other in near)
    for code, count in failed.items():
        ratio *= (OTHER_FAILED * _told(shares(code))) ** count
    return min(max(ratio, EVIDENCE_LEAST), EVIDENCE_MOST)


def hiding(trail: Trail, codes: Sequence[str | None], shares: SharesOf) -> Trail:
    """A trail in which outages hide what is wrong as locks do: after a decline that tells of one, money may
    be there all the same. `codes` are what the declines were classified on; the first one is left as it is,
    for its cause is weighed as a whole."""
    unreached = [0.0, *(_unreached(shares(code or "-")) for code in codes[1:])]
    pairs = zip(trail.hidden, unreached, strict=True)
    hidden = tuple(1.0 - (1.0 - lock) * (1.0 - outage) for lock, outage in pairs)
    unreached += [0.0] * (len(trail.stopped) - len(codes))
    return replace(trail, hidden=hidden, unreached=tuple(unreached))


def _told(shares: Shares) -> float:
    """How much likelier a code is in an outage than one that tells nothing."""
    ratio = shares[Cause.OUTAGE] / shares_of("-")[Cause.OUTAGE]
    return min(max(ratio, TOLD_LEAST), TOLD_MOST)


def _unreached(shares: Shares) -> float:
    """How likely the bank was not reached, rather than the account empty."""
    outage = shares[Cause.OUTAGE]
    return outage / (outage + shares[Cause.FUNDS]) if outage >= OUTAGES_MIN else 0.0
