"""The account: what its merchant does, by Stripe's transition table.

draft -> open; open -> paid, void, uncollectible; uncollectible -> paid, void. Nothing goes back to open.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha512
from typing import Any

from sandbox.fake_stripe.bank import Bank
from sandbox.fake_stripe.errors import invalid
from sandbox.fake_stripe.ledger import Ledger
from sandbox.fake_stripe.objects import (
    Json,
    new_credit_note,
    new_customer,
    new_dispute,
    new_invoice,
    new_method,
)
from sandbox.fake_stripe.payments import Payments


class Account(Ledger):
    """One merchant's account: a ledger and what may be done with it. `engine_retry_days` are Stripe's own
    retries, days after each failure (none where the merchant switched them off)."""

    def __init__(
        self, bank: Bank, now: Callable[[], datetime], engine_retry_days: Sequence[int] = (), seed: str = ""
    ) -> None:
        super().__init__(now, seed)
        self._payments = Payments(self, bank, engine_retry_days)

    # ---------------------------------------------------------------------------------- customers

    def create_customer(self, **fields: Any) -> Json:
        customer = self.keep(new_customer(self.new_id("cus"), self.seconds(), **fields))
        return self.tell("customer.created", customer)

    def attach_method(
        self, customer: Json, kind: str = "card", *, default: bool = True, **details: Any
    ) -> Json:
        """Gives a customer a payment method, by default the one to charge."""
        method = self.keep(new_method(self.new_id("pm"), self.seconds(), kind, customer["id"], **details))
        self.tell("payment_method.attached", method)
        if default:
            self.choose_method(customer, method)
        return method

    def choose_method(self, customer: Json, method: Json) -> None:
        before = {"invoice_settings": dict(customer["invoice_settings"])}
        customer["invoice_settings"]["default_payment_method"] = method["id"]
        self.tell("customer.updated", customer, before)

    def replace_card(self, method: Json, **details: Any) -> None:
        """The network's account updater: another number or expiry behind the same method."""
        before = {"card": dict(method["card"])}
        method["card"] |= details
        self.tell("payment_method.automatically_updated", method, before)

    # ----------------------------------------------------------------------------------- invoices

    def create_invoice(self, customer: Json, amount: int, currency: str = "eur", **fields: Any) -> Json:
        """A draft. `days_until_due` counts from finalization, for `send_invoice`."""
        invoice = new_invoice(self.new_id("in"), self.seconds(), customer, amount, currency, **fields)
        return self.tell("invoice.created", self.keep(invoice))

    def finalize(self, invoice: Json) -> Json:
        """Opens a draft and plans its first charge; one that owes nothing is paid at once."""
        if invoice["status"] != "draft":
            raise invalid(
                "This invoice is already finalized, you can't re-finalize it.", "invoice_not_editable"
            )
        self._open(invoice)
        if invoice["amount_remaining"] == 0:
            self.tell("invoice.finalized", invoice)
            self._payments.mark_paid(invoice)
            return invoice
        self._payments.expect(invoice, invoice["amount_remaining"], is_default=True)
        self._payments.engine.plan_first(invoice)
        return self.tell("invoice.finalized", invoice)

    def pay(self, invoice: Json, *, by: str = "api") -> Json:
        """One payment attempt: `api` (a caller), `engine` (Stripe itself) or `payer` (on the page)."""
        return self._payments.pay(invoice, by=by)

    def pay_part(self, invoice: Json, amount: int) -> Json:
        """The payer pays a part on the hosted page, by some means that always works."""
        return self._payments.pay_part(invoice, amount)

    def void(self, invoice: Json) -> Json:
        self._move(invoice, "void", "voided_at", ("open", "uncollectible"))
        return self.tell("invoice.voided", invoice)

    def mark_uncollectible(self, invoice: Json) -> Json:
        self._move(invoice, "uncollectible", "marked_uncollectible_at", ("open",))
        return self.tell("invoice.marked_uncollectible", invoice)

    def credit(self, invoice: Json, amount: int) -> Json:
        """A credit note over part of what an open invoice still owes; nothing left makes it paid."""
        self._check_credit(invoice, amount)
        note = self.keep(new_credit_note(self.new_id("cn"), self.seconds(), invoice, amount))
        invoice["pre_payment_credit_notes_amount"] += amount
        invoice["amount_due"] -= amount
        invoice["amount_remaining"] -= amount
        self.tell("credit_note.created", note)
        self.tell("invoice.updated", invoice)
        if invoice["amount_remaining"] == 0:
            self._payments.mark_paid(invoice)
        return note

    # ------------------------------------------------------------------------- after the payment

    def refund(self, charge: Json) -> Json:
        """All of a charge is given back; its invoice stays as paid as it was."""
        if charge["status"] != "succeeded" or charge["refunded"]:
            raise invalid("Only a charge that succeeded can be refunded, and only once.")
        charge |= {"refunded": True, "amount_refunded": charge["amount"]}
        return self.tell("charge.refunded", charge)

    def dispute(self, charge: Json) -> Json:
        """The payer's bank takes a charge back until it is decided who is right."""
        if charge["status"] != "succeeded" or charge["disputed"]:
            raise invalid("Only a charge that succeeded can be disputed, and only once.")
        charge["disputed"] = True
        dispute = new_dispute(self.new_id("dp"), self.seconds(), charge)
        return self.tell("charge.dispute.created", self.keep(dispute))

    # ------------------------------------------------------------------------------------- inside

    def _open(self, invoice: Json) -> None:
        invoice["status"] = "open"
        invoice["status_transitions"]["finalized_at"] = self.seconds()
        invoice["number"] = f"R-{len(self.objects['invoice']):05d}"
        invoice["hosted_invoice_url"] = _page_of(invoice["id"])
        days = invoice.pop("days_until_due", None)
        if days is not None:
            invoice["due_date"] = self.seconds() + int(timedelta(days=days).total_seconds())

    def _check_credit(self, invoice: Json, amount: int) -> None:
        if invoice["status"] != "open":
            raise invalid(f"A credit note needs an open invoice; this one is {invoice['status']}.")
        if not 0 < amount <= invoice["amount_remaining"]:
            raise invalid(
                "The credit note's amount is more than what remains on the invoice.", param="amount"
            )
        if self.is_processing(invoice):
            raise invalid("A payment on this invoice is processing.")

    def _move(self, invoice: Json, status: str, stamp: str, allowed: tuple[str, ...]) -> None:
        if invoice["status"] not in allowed:
            raise invalid(
                f"An invoice that is {invoice['status']} can't become {status}.", "invoice_not_editable"
            )
        if self.is_processing(invoice):
            raise invalid("A payment on this invoice is processing.")
        invoice["status"] = status
        invoice["next_payment_attempt"] = None
        invoice["status_transitions"][stamp] = self.seconds()


def _page_of(invoice_id: str) -> str:
    """An address as long, and as hard to guess, as Stripe's own."""
    secret = urlsafe_b64encode(sha512(invoice_id.encode()).digest()).decode().rstrip("=")
    return f"https://invoice.example.com/i/acct_1SandboxSandbox0/test_{secret}?s=ap"
