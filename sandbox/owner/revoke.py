"""`dunwell revoke`: ends all links to an invoice's hosted page, in a deployed stack.

It works on an AWS account, with its caller's own credentials.
"""

from typing import Final

from dunwell.adapters.clock import SystemClock
from dunwell.adapters.page_store import DynamoPageStore
from rich.console import Console

from sandbox.owner.deployed import Account, advising, bind_table

_RIGHTS: Final = (
    "you need cloudformation:ListStackResources, and on the stack's table of pages dynamodb:Query and "
    "dynamodb:DeleteItem"
)


def run_revoke(account: Account, invoice_id: str, console: Console) -> int:
    """Ends the links and tells how many there were; later mails have new ones. Raises `ValueError`, which
    says what to do."""
    with advising(_RIGHTS):
        bind_table(account, "PagesTable")
        ended = DynamoPageStore(SystemClock()).revoke(invoice_id)
    if not ended:
        raise ValueError(f"no links to {invoice_id}: an invoice's id is Stripe's, as in its events (in_...)")
    console.print(f"{ended} {'link' if ended == 1 else 'links'} to {invoice_id} revoked", highlight=False)
    return 0
