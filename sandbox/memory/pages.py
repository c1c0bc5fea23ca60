"""`PageStore` in memory: tokens that are counted, not drawn."""

from dataclasses import dataclass, field

from dunwell.domain.limits import PAGE_LINK_VALID_FOR
from dunwell.ports import Clock
from dunwell.records import PageLink


@dataclass
class MemoryPages:
    clock: Clock
    links: dict[str, PageLink] = field(default_factory=dict)

    def issue(self, invoice_id: str) -> str:
        token = f"{invoice_id}.{len(self.links) + 1:032d}"
        self.links[token] = PageLink(invoice_id, self.clock.now() + PAGE_LINK_VALID_FOR)
        return token

    def find(self, token: str) -> PageLink | None:
        link = self.links.get(token)
        return link if link is not None and self.clock.now() < link.expires_at else None

    def revoke(self, invoice_id: str) -> int:
        gone = [token for token, link in self.links.items() if link.invoice_id == invoice_id]
        for token in gone:
            del self.links[token]
        return len(gone)
