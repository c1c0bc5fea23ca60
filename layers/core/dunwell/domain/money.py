"""Money: integer minor units with their currency. Knows no formatting and no exchange rates."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

ZERO_DECIMAL: Final = frozenset(
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)
"""Currencies without a minor unit, as Stripe counts them (docs.stripe.com/currencies, 2026-11).

UGX and ISK have lost their decimals since, but keep them in Stripe's amounts: 5 UGX are 500."""

THREE_DECIMAL: Final = frozenset("bhd jod kwd omr tnd".split())
"""Currencies with thousandths (docs.stripe.com/currencies, 2026-11)."""


class CurrencyMismatchError(ValueError):
    """Two amounts of different currencies met; an amount is never converted."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in integer minor units (`amount`) of a lower-case ISO 4217 currency (`currency`)."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"an amount is an int of minor units, not {self.amount!r}")
        if len(self.currency) != 3 or not (
            self.currency.isascii() and self.currency.isalpha() and self.currency.islower()
        ):
            raise ValueError(f"a currency is three lower-case letters, not {self.currency!r}")

    @property
    def exponent(self) -> int:
        """Decimal places between the minor and the major unit: 0, 2 or 3."""
        if self.currency in ZERO_DECIMAL:
            return 0
        return 3 if self.currency in THREE_DECIMAL else 2

    @property
    def major(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(f"{self.amount}e-{self.exponent}")  # from text: no context rounds it

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __str__(self) -> str:
        return f"{self.major:.{self.exponent}f} {self.currency.upper()}"

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatchError(f"{self.currency} met {other.currency}")
        return other.amount
