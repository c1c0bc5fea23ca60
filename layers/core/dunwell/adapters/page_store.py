"""`PageStore` over DynamoDB: links to hosted invoice pages, of whose secrets only the hashes are stored."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dunwell.adapters.tables import PageRow
from dunwell.domain.limits import PAGE_LINK_VALID_FOR
from dunwell.ports import Clock
from dunwell.records import PageLink

SECRET_BYTES: Final = 24
"""192 bits from the system's random source: nobody guesses one."""

_TOKEN: Final = re.compile(r"([A-Za-z0-9_.:\-]{1,255})\.([A-Za-z0-9_\-]{32})", re.ASCII)


@dataclass(frozen=True, slots=True)
class DynamoPageStore:
    clock: Clock

    def issue(self, invoice_id: str) -> str:
        """See `PageStore`. One write."""
        secret, now = secrets.token_urlsafe(SECRET_BYTES), self.clock.now()
        row = PageRow(invoice_id, _digest(secret), issued_at=now, expires_at=now + PAGE_LINK_VALID_FOR)
        row.save()  # nosemgrep: writes-have-a-condition # a secret is nobody else's; again, nothing changes
        return f"{invoice_id}.{secret}"

    def find(self, token: str) -> PageLink | None:
        """See `PageStore`. The row is found by the secret's hash: nothing is compared byte by byte."""
        told = _TOKEN.fullmatch(token)
        if told is None:
            return None
        try:
            row = PageRow.get(told[1], _digest(told[2]), consistent_read=True)
        except PageRow.DoesNotExist:
            return None
        expires_at: datetime = row.expires_at
        return PageLink(told[1], expires_at) if self.clock.now() < expires_at else None

    def revoke(self, invoice_id: str) -> int:
        """See `PageStore`."""
        rows = list(PageRow.query(invoice_id, consistent_read=True))
        for row in rows:
            row.delete()  # nosemgrep: writes-have-a-condition # a link that is gone already stays so
        return len(rows)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
