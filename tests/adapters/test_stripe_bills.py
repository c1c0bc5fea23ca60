"""What an invoice is for, in the shapes of several API versions; nothing in it is trusted to be there."""

from dunwell.adapters.stripe_bills import bill_from
from dunwell.domain.bills import BillLine

from tests.build import eur

LINE = {"description": "Licence", "amount": 4000, "quantity": 2, "currency": "eur"}


def test_lines_and_sums_are_read():
    """Taxes as they are told since 2025."""
    found = bill_from(
        {
            "lines": {"data": [LINE, {"amount": -500}], "has_more": True},
            "subtotal": 3500,
            "total": 4165,
            "total_taxes": [{"amount": 600}, {"amount": 65}],
            "total_discount_amounts": [{"amount": 100}],
            "invoice_pdf": "https://pay.stripe.com/invoice/x/pdf",
        },
        "eur",
    )
    assert found.lines == (BillLine("Licence", eur(4000), 2), BillLine("", eur(-500)))
    assert found.more
    assert (found.subtotal, found.discount, found.tax, found.total) == (
        eur(3500),
        eur(100),
        eur(665),
        eur(4165),
    )
    assert found.pdf_url == "https://pay.stripe.com/invoice/x/pdf"


def test_older_shapes_of_taxes_are_read_too():
    """`total_tax_amounts`, and before that one number."""
    assert bill_from({"total_tax_amounts": [{"amount": 7}], "total": 100}, "eur").tax == eur(7)
    assert bill_from({"tax": 9, "total": 100}, "eur").tax == eur(9)


def test_an_invoice_without_anything_has_an_empty_bill():
    """Whatever stands where a list should."""
    for told in ({}, {"lines": None, "total_taxes": "x", "invoice_pdf": 7}, {"lines": {"data": [None, 3]}}):
        found = bill_from({**told, "amount_due": 4900}, "eur")
        assert (found.lines, found.more, found.pdf_url) == ((), False, None)
        assert (found.total, found.subtotal, found.tax) == (eur(4900), eur(4900), eur(0))
