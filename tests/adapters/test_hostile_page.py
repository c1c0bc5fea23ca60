"""The page over hostile facts: what others wrote comes out as text, whatever it is; and it stays small."""

import re

import pytest
from dunwell.domain.bills import Bill, BillLine
from dunwell.domain.decision import Decision
from dunwell.domain.offers import Days, Offers
from dunwell.domain.policies import LANGUAGES, Branding
from dunwell.messages.page import PageComposer
from dunwell.records import Facts, PageView
from dunwell.settings.fields import ICON_MAX
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.test_hostile_mails import Page, urls
from tests.build import attempt, customer, day, eur, invoice, settings
from tests.hostile import BIDI, hostile_text

COMPOSER = PageComposer()
LINES_MAX = 10
"""As many lines as the processor tells at first."""

MANY = Offers(
    retry=True,
    pick_day=Days(day(1).date(), day(9).date()),
    promise=Days(day(1).date(), day(30).date()),
    dispute=True,
)


def shown(number="R-1", lines=("A line",), pdf=None, pay=None, brand=None, locale="en"):
    bill = Bill(
        tuple(BillLine(line, eur(490), 2) for line in lines),
        True,
        eur(4900),
        eur(0),
        eur(931),
        eur(5831),
        pdf,
    )
    facts = Facts(
        invoice(number=number, hosted_invoice_url=pay),
        tuple(attempt(day(n)) for n in range(8)),
        customer(name=number, preferred_locales=(locale,)),
    )
    chosen = settings(branding=brand or Branding("Northwind", reply_to="billing@northwind.example"))
    return COMPOSER.page(PageView(facts, Decision(None, day(9)), chosen, bill, MANY), "token").html


@given(hostile_text, st.lists(hostile_text, min_size=1, max_size=3), urls, urls, hostile_text, hostile_text)
def test_what_others_wrote_comes_out_as_text(number, lines, pdf, pay, name, address):
    """The template's elements and attributes alone; links to the web alone; nothing turns around."""
    brand = Branding(name, reply_to="billing@northwind.example", address=f"Kai 1 {address}")
    page = Page(shown(number, lines, pdf, pay, brand))
    there = "https://plain.example"
    plain_pdf, plain_pay = (there if there_is(link) else None for link in (pdf, pay))
    harmless = Branding("Northwind", reply_to="billing@northwind.example", address="Kai 1")
    assert page.shape == Page(shown("R-1", ["x"] * len(lines), plain_pdf, plain_pay, harmless)).shape
    for link in page.links:
        assert link == "data:," or re.fullmatch(r"https?://[!-~]+", link)
    assert not set(BIDI) & set("".join(page.texts))


def there_is(link):
    return link is not None and re.fullmatch(r"https?://[!-~]+", link) is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_largest_page_is_below_50_kilobytes(language):
    """With the largest icon, the longest lines in three-byte letters, a long history and every choice."""
    icon = "data:image/png;base64," + "A" * (ICON_MAX - 22)
    brand = Branding("Northwind", reply_to="billing@northwind.example", address="北" * 200, icon=icon)
    html = shown("R-1", ["品" * 500] * LINES_MAX, "https://x.example/" + "p" * 300, None, brand, language)
    assert len(html.encode()) < 50_000
    assert "品" * 500 not in html
