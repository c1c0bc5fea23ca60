"""Where a mail sends the customer: to Dunwell's own page, the processor's, or an address of the owner's."""

from dataclasses import dataclass

from dunwell.domain.invoices import Invoice
from dunwell.domain.policies import INVOICE_IN_LINK, PAGE_LINK, PROCESSOR_LINK, Settings
from dunwell.ports import PageStore


@dataclass(frozen=True, slots=True)
class Links:
    """`page_address` is what stands before a token in the address of a hosted invoice page."""

    pages: PageStore
    page_address: str

    def to(self, invoice: Invoice, settings: Settings) -> str | None:
        """The address for one mail, as the owner has set it. Each link to our own page is a new one."""
        told = settings.messages.link
        if told == PAGE_LINK:
            return f"{self.page_address}/{self.pages.issue(invoice.id)}"
        if told == PROCESSOR_LINK:
            return invoice.hosted_invoice_url
        return told.replace(INVOICE_IN_LINK, invoice.id)
