"""What is remembered of payments: the customer's own, and those of other cards of the same issuer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from dunwell.domain.payments import PaymentMethod

UNKNOWN = "-"
"""Stands for what the processor does not tell of a card."""

OUTAGE_SPAN: Final = timedelta(hours=4)
"""Attempts on other cards of the issuer so close to a failure tell whether the bank was reached."""


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """An attempt that came to an end at `at` (UTC). `code` is what a failure is classified on, None where it
    succeeded or nothing was told; `invoice_id` the invoice it was made on."""

    at: datetime
    succeeded: bool
    code: str | None = None
    invoice_id: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Cards that behave alike: what a bank has in common, then a country, then a kind of card."""

    issuer: str = UNKNOWN
    country: str = UNKNOWN
    brand: str = UNKNOWN
    funding: str = UNKNOWN

    @property
    def levels(self) -> tuple[str, ...]:
        """The keys of what is learnt, from the widest to the narrowest: each is the prior of the next."""
        card = f"{self.brand}/{self.funding}"
        names = ("all", f"card {card}", f"country {self.country} {card}")
        return names if self.issuer == UNKNOWN else (*names, f"issuer {self.issuer} {self.funding}")

    @property
    def hour_levels(self) -> tuple[str, ...]:
        """The same for hours of the day: a matter of banks and of a card's funding, whatever its brand."""
        place = f"country {self.country}" if self.issuer == UNKNOWN else f"issuer {self.issuer}"
        return ("all", f"funding {self.funding}", f"{place} {self.funding}")


@dataclass(frozen=True, slots=True)
class History:
    """Attempts before now, oldest first: the customer's own (`own`), and those within hours of it on other
    cards of the same issuer (`issuer`)."""

    own: tuple[PastAttempt, ...] = ()
    issuer: tuple[PastAttempt, ...] = ()
    group: Group = field(default_factory=Group)


def group_of(method: PaymentMethod) -> Group:
    """The group of a payment method; what is not told counts as one group of its own."""
    return Group(
        method.issuer or UNKNOWN,
        method.country or UNKNOWN,
        method.brand or method.kind,
        method.funding or UNKNOWN,
    )
