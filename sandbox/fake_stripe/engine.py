"""Stripe's own engine: when it charges an invoice by itself, and when it does so again."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sandbox.fake_stripe.errors import StripeAPIError
from sandbox.fake_stripe.ledger import Ledger
from sandbox.fake_stripe.objects import Json, seconds

FIRST_ATTEMPT_AFTER = timedelta(hours=1)
"""Stripe waits this long between finalizing an invoice and charging it."""


class Engine:
    """Plans attempts and makes them with `pay`. `retry_days` are days after each failure (none where the
    merchant switched retries off)."""

    def __init__(self, ledger: Ledger, retry_days: Sequence[int], pay: Callable[[Json], Json]) -> None:
        self._ledger = ledger
        self._retry_days = tuple(retry_days)
        self._pay = pay

    def plan_first(self, invoice: Json) -> None:
        """The attempt that follows finalization, unless the invoice waits for its payer."""
        if invoice["collection_method"] == "charge_automatically" and invoice["auto_advance"]:
            self._plan(invoice, self._ledger.now() + FIRST_ATTEMPT_AFTER)

    def plan_retry(self, invoice: Json) -> None:
        """The attempt that follows a failure, where the merchant left retries on."""
        done = invoice["attempt_count"] - 1
        invoice["next_payment_attempt"] = None
        if invoice["auto_advance"] and done < len(self._retry_days) and invoice["status"] == "open":
            self._plan(invoice, self._ledger.now() + timedelta(days=self._retry_days[done]))

    def _plan(self, invoice: Json, when: datetime) -> None:
        invoice["next_payment_attempt"] = seconds(when)
        self._ledger.at(when, lambda: self._attempt(invoice, when))

    def _attempt(self, invoice: Json, planned: datetime) -> None:
        if invoice["status"] != "open" or invoice["next_payment_attempt"] != seconds(planned):
            return
        invoice["next_payment_attempt"] = None
        try:
            self._pay(invoice)
        except StripeAPIError as error:
            if error.status not in (400, 402):
                raise
