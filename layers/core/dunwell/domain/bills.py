"""What an invoice is for, as its hosted page shows it. Nothing is decided on it."""

from dataclasses import dataclass

from dunwell.domain.money import Money


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line. `quantity` is None where the processor tells none."""

    description: str
    amount: Money
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """The lines that the processor tells at first (`more` where there are others), the sums, and the address
    of the invoice as a PDF, None where there is none."""

    lines: tuple[BillLine, ...]
    more: bool
    subtotal: Money
    discount: Money
    tax: Money
    total: Money
    pdf_url: str | None = None
