"""Where a mail sends the customer: to Dunwell's own page, the processor's, or an address of the owner's."""

from dataclasses import dataclass

from dunwell.domain.customers import WantedMessage
from dunwell.domain.invoices import Invoice
from dunwell.domain.offers import Choice
from dunwell.domain.policies import INVOICE_IN_LINK, PAGE_LINK, PROCESSOR_LINK, Settings
from dunwell.ports import PageStore
from dunwell.records import Link


@dataclass(frozen=True, slots=True)
class Links:
    """`page_address` is what stands before a token in the address of a hosted invoice page."""

    pages: PageStore
    page_address: str

    def of(self, message: WantedMessage, invoice: Invoice, settings: Settings) -> Link:
        """The link of one mail, as the owner has set it. Each one to our own page is new. A mail that only
        helps also has one to where such mails end, which is always ours."""
        told = settings.messages.link
        page, ends = None, None
        if told == PAGE_LINK or message.is_courtesy:
            page = f"{self.page_address}/{self.pages.issue(invoice.id)}"
            ends = f"{page}/{Choice.UNSUBSCRIBE}" if message.is_courtesy else None
        if told == PAGE_LINK:
            return Link(page, ends)
        if told == PROCESSOR_LINK:
            return Link(invoice.hosted_invoice_url, ends)
        return Link(told.replace(INVOICE_IN_LINK, invoice.id), ends)
