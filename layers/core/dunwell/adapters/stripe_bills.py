"""What an invoice is for, read from Stripe's JSON by shape, whatever the API version."""

from dunwell.adapters.stripe_json import Json, child, listed, text, whole
from dunwell.domain.bills import Bill, BillLine
from dunwell.domain.money import Money


def bill_from(invoice: Json, currency: str) -> Bill:
    """The bill of an invoice in its currency. Taxes stand in `total_taxes` since 2025, in
    `total_tax_amounts` or `tax` before."""
    lines = [
        BillLine(
            text(line.get("description")) or "",
            Money(whole(line.get("amount")), currency),
            whole(line.get("quantity")) or None,
        )
        for line in listed(invoice.get("lines"))
    ]
    taxes = [*listed(invoice.get("total_taxes")), *listed(invoice.get("total_tax_amounts"))]
    tax = sum(whole(one.get("amount")) for one in taxes) or whole(invoice.get("tax"))
    discount = sum(whole(one.get("amount")) for one in listed(invoice.get("total_discount_amounts")))
    total = whole(invoice.get("total")) if "total" in invoice else whole(invoice.get("amount_due"))
    subtotal = whole(invoice.get("subtotal")) if "subtotal" in invoice else total
    return Bill(
        tuple(lines),
        child(invoice, "lines").get("has_more") is True,
        Money(subtotal, currency),
        Money(discount, currency),
        Money(tax, currency),
        Money(total, currency),
        text(invoice.get("invoice_pdf")),
    )
