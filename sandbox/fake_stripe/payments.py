"""What pays an invoice: its payments and charges, bank debits that settle later, success and failure."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sandbox.fake_stripe.bank import Answer, Bank, BankAnswer
from sandbox.fake_stripe.engine import Engine
from sandbox.fake_stripe.errors import card_error, invalid
from sandbox.fake_stripe.ledger import Ledger
from sandbox.fake_stripe.objects import Json, new_charge, new_intent, new_invoice_payment, new_method

PAYABLE = ("open", "uncollectible")


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Everything that one charge touches."""

    invoice: Json
    payment: Json
    intent: Json
    method: Json
    charge: Json


class Payments:
    """Charges what a ledger's invoices owe, asking `bank`; `engine` is Stripe charging by itself."""

    def __init__(self, ledger: Ledger, bank: Bank, engine_retry_days: Sequence[int]) -> None:
        self._ledger = ledger
        self._bank = bank
        self.engine = Engine(ledger, engine_retry_days, partial(self.pay, by="engine"))

    def expect(self, invoice: Json, amount: int, *, is_default: bool) -> tuple[Json, Json]:
        """A new open payment of an invoice, and its intent."""
        ledger = self._ledger
        intent = ledger.keep(new_intent(ledger.new_id("pi"), ledger.seconds(), invoice, amount))
        payment = new_invoice_payment(
            ledger.new_id("inpay"), ledger.seconds(), invoice, intent, is_default=is_default
        )
        return ledger.keep(payment), intent

    def pay(self, invoice: Json, *, by: str = "api") -> Json:
        """One payment attempt: `api` (a caller), `engine` (Stripe itself) or `payer` (on the page)."""
        method = self._chargeable(invoice)
        payment, intent = self._open_payment(invoice)
        if by == "engine" or not invoice["attempted"]:
            invoice["attempt_count"] += 1
        invoice["attempted"] = True
        answer = self._bank.answer(method, invoice["amount_remaining"], self._ledger.now())
        charge = self._new_charge(intent, method, invoice["amount_remaining"])
        intent["latest_charge"], intent["payment_method"] = charge["id"], method["id"]
        self._follow(answer, _Attempt(invoice, payment, intent, method, charge))
        return invoice

    def pay_part(self, invoice: Json, amount: int) -> Json:
        """The payer pays a part on the hosted page, by some means that always works."""
        if invoice["status"] not in PAYABLE or not 0 < amount <= invoice["amount_remaining"]:
            raise invalid("Only an open invoice takes a part of what it owes.")
        if self._ledger.is_processing(invoice):
            raise invalid("A payment on this invoice is processing.")
        ledger = self._ledger
        customer = ledger.get("customer", invoice["customer"])
        method = ledger.keep(
            new_method(ledger.new_id("pm"), ledger.seconds(), "card", customer["id"], brand="mastercard")
        )
        payment, intent = self.expect(invoice, amount, is_default=False)
        charge = self._new_charge(intent, method, amount)
        self._succeed(_Attempt(invoice, payment, intent, method, charge))
        return invoice

    def mark_paid(self, invoice: Json) -> None:
        """Nothing remains, whatever it was that paid or credited it."""
        invoice |= {"status": "paid", "auto_advance": False, "next_payment_attempt": None}
        invoice["status_transitions"]["paid_at"] = self._ledger.seconds()
        self._ledger.tell("invoice.paid", invoice)
        self._ledger.tell("invoice.payment_succeeded", invoice)

    # ------------------------------------------------------------------------- before the bank answers

    def _chargeable(self, invoice: Json) -> Json:
        """The method to charge. Raises a 400 when the invoice cannot be paid now."""
        if invoice["status"] == "paid":
            raise invalid("Invoice is already paid")
        if invoice["status"] not in PAYABLE:
            raise invalid(f"You can't pay an invoice that is {invoice['status']}.", "invoice_not_payable")
        if self._ledger.is_processing(invoice):
            raise invalid("A payment on this invoice is processing.", "payment_intent_unexpected_state")
        method = self._method_of(invoice)
        if method is None:
            raise invalid("There is no default payment method on this invoice or its customer.", "missing")
        return method

    def _method_of(self, invoice: Json) -> Json | None:
        """What Stripe charges: the invoice's default, then the customer's, then the old source."""
        customer = self._ledger.objects["customer"].get(invoice["customer"]) or {}
        places = [
            invoice.get("default_payment_method"),
            (customer.get("invoice_settings") or {}).get("default_payment_method"),
            customer.get("default_source"),
        ]
        return next((self._ledger.objects["payment_method"].get(place) for place in places if place), None)

    def _open_payment(self, invoice: Json) -> tuple[Json, Json]:
        """The open payment that the invoice is paid by, for all that remains; made where there is none."""
        found = [p for p in self._ledger.payments_of(invoice["id"]) if p["status"] == "open"]
        payment = found[0] if found else self.expect(invoice, 0, is_default=True)[0]
        intent = self._ledger.get("payment_intent", payment["payment"]["payment_intent"])
        intent["amount"] = payment["amount_requested"] = invoice["amount_remaining"]
        return payment, intent

    def _new_charge(self, intent: Json, method: Json, amount: int) -> Json:
        ledger = self._ledger
        return ledger.keep(new_charge(ledger.new_id("ch"), ledger.seconds(), intent, method, amount))

    # -------------------------------------------------------------------------- after the bank answered

    def _follow(self, answer: BankAnswer, attempt: _Attempt) -> None:
        """Raises a 402 when the bank declined."""
        if answer.answer is Answer.APPROVED:
            self._succeed(attempt)
        elif answer.answer is Answer.DECLINED:
            self._fail(attempt, answer)
            raise card_error(attempt.charge, attempt.intent)
        else:
            self._await(attempt, answer)

    def _await(self, attempt: _Attempt, answer: BankAnswer) -> None:
        """A bank debit: processing for days, then as the bank says."""
        attempt.charge.update(status="pending", paid=False)
        attempt.intent["status"] = "processing"
        attempt.invoice["next_payment_attempt"] = None
        self._ledger.tell("charge.pending", attempt.charge)
        self._ledger.tell("payment_intent.processing", attempt.intent)
        when = self._ledger.now() + (answer.settles_after or timedelta(0))
        self._ledger.at(when, lambda: self._settle(attempt, answer.later))

    def _settle(self, attempt: _Attempt, later: BankAnswer | None) -> None:
        if later is not None and later.answer is Answer.DECLINED:
            self._fail(attempt, later)
        else:
            attempt.charge.update(status="succeeded", paid=True)
            self._succeed(attempt)

    def _succeed(self, attempt: _Attempt) -> None:
        invoice, payment, intent = attempt.invoice, attempt.payment, attempt.intent
        amount = attempt.charge["amount"]
        intent |= {"status": "succeeded", "amount_received": amount, "last_payment_error": None}
        intent["latest_charge"] = attempt.charge["id"]
        payment |= {"status": "paid", "amount_paid": amount}
        payment["status_transitions"]["paid_at"] = self._ledger.seconds()
        invoice["amount_paid"] += amount
        invoice["amount_remaining"] -= amount
        self._ledger.tell("charge.succeeded", attempt.charge)
        self._ledger.tell("payment_intent.succeeded", intent)
        self._ledger.tell("invoice_payment.paid", payment)
        if invoice["amount_remaining"] == 0:
            self.mark_paid(invoice)
        else:
            self._ledger.tell("invoice.updated", invoice)

    def _fail(self, attempt: _Attempt, answer: BankAnswer) -> None:
        invoice, intent, charge = attempt.invoice, attempt.intent, attempt.charge
        _write_decline(charge, attempt.method, answer)
        intent["status"] = "requires_payment_method"
        intent["last_payment_error"] = _payment_error(charge, attempt.method, answer)
        self.engine.plan_retry(invoice)
        self._ledger.tell("charge.failed", charge)
        self._ledger.tell("payment_intent.payment_failed", intent)
        if charge["failure_code"] == "authentication_required":
            self._ledger.tell("invoice.payment_action_required", invoice)
        self._ledger.tell("invoice.payment_failed", invoice)


def _decline_code(answer: BankAnswer) -> str:
    return answer.decline_code or "generic_decline"


def _failure_code(method: Json, answer: BankAnswer) -> str:
    """A card's decline code is a detail of `card_declined`; a bank debit's is the error code itself."""
    code = _decline_code(answer)
    is_detail = method["type"] == "card" and code != "authentication_required"
    return "card_declined" if is_detail else code


def _write_decline(charge: Json, method: Json, answer: BankAnswer) -> None:
    charge |= {"status": "failed", "paid": False}
    charge["failure_code"] = _failure_code(method, answer)
    charge["failure_message"] = "The payment was declined."
    charge["outcome"] |= {
        "advice_code": answer.advice_code,
        "network_advice_code": answer.network_advice_code,
        "network_decline_code": answer.network_decline_code,
        "network_status": "declined_by_network",
        "reason": _decline_code(answer) if method["type"] == "card" else None,
        "type": "issuer_declined",
    }


def _payment_error(charge: Json, method: Json, answer: BankAnswer) -> Json:
    """An intent's `last_payment_error`."""
    return {
        "type": "card_error",
        "advice_code": answer.advice_code,
        "charge": charge["id"],
        "code": charge["failure_code"],
        "decline_code": _decline_code(answer) if method["type"] == "card" else None,
        "message": "The payment was declined.",
        "network_advice_code": answer.network_advice_code,
        "network_decline_code": answer.network_decline_code,
        "payment_method": deepcopy(method),
    }
