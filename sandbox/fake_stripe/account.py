"""The account: every object, Stripe's transition table, and what Stripe does by itself.

draft -> open; open -> paid, void, uncollectible; uncollectible -> paid, void. Nothing goes back to open.
"""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from sandbox.fake_stripe.bank import Answer, Bank, BankAnswer
from sandbox.fake_stripe.errors import StripeAPIError, card_error, invalid, missing
from sandbox.fake_stripe.objects import (
    Json,
    new_charge,
    new_credit_note,
    new_customer,
    new_intent,
    new_invoice,
    new_invoice_payment,
    new_method,
    seconds,
)

FIRST_ATTEMPT_AFTER = timedelta(hours=1)
"""Stripe waits this long between finalizing an invoice and charging it."""

Listener = Callable[[str, Json, Json], None]
"""Hears (event type, object, previous attributes) of everything that happens."""


class Account:
    """One merchant's account. `now` gives the time; `engine_retry_days` are Stripe's own retries, days
    after each failure (none where the merchant switched them off)."""

    def __init__(
        self, bank: Bank, now: Callable[[], datetime], engine_retry_days: Sequence[int] = (), seed: str = ""
    ) -> None:
        self.bank = bank
        self.now = now
        self.objects: dict[str, dict[str, Json]] = defaultdict(dict)
        self.listeners: list[Listener] = []
        self._engine_retry_days = tuple(engine_retry_days)
        self._ids = itertools.count(1)
        self._seed = seed
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []

    # ------------------------------------------------------------------------------------ reading

    def get(self, kind: str, object_id: str) -> Json:
        """The object itself, not a copy. Raises a 404 when there is none."""
        found = self.objects[kind].get(object_id)
        if found is None:
            raise missing(kind.replace("_", " "), object_id)
        return found

    def payments_of(self, invoice_id: str) -> list[Json]:
        return [p for p in self.objects["invoice_payment"].values() if p.get("invoice") == invoice_id]

    def charges_of(self, intent_id: str) -> list[Json]:
        """Newest first, as Stripe lists them."""
        found = [c for c in self.objects["charge"].values() if c.get("payment_intent") == intent_id]
        return sorted(found, key=lambda c: (-(c.get("created") or 0), c["id"]))

    # ---------------------------------------------------------------------- what the merchant does

    def create_customer(self, **fields: Any) -> Json:
        customer = self._keep(new_customer(self.new_id("cus"), self._seconds(), **fields))
        return self._tell("customer.created", customer)

    def attach_method(
        self, customer: Json, kind: str = "card", *, default: bool = True, **details: Any
    ) -> Json:
        """Gives a customer a payment method, by default the one to charge."""
        method = self._keep(new_method(self.new_id("pm"), self._seconds(), kind, customer["id"], **details))
        self._tell("payment_method.attached", method)
        if default:
            self.choose_method(customer, method)
        return method

    def choose_method(self, customer: Json, method: Json) -> None:
        before = {"invoice_settings": dict(customer["invoice_settings"])}
        customer["invoice_settings"]["default_payment_method"] = method["id"]
        self._tell("customer.updated", customer, before)

    def replace_card(self, method: Json, **details: Any) -> None:
        """The network's account updater: another number or expiry behind the same method."""
        before = {"card": dict(method["card"])}
        method["card"] |= details
        self._tell("payment_method.automatically_updated", method, before)

    def create_invoice(self, customer: Json, amount: int, currency: str = "eur", **fields: Any) -> Json:
        """A draft. `days_until_due` counts from finalization, for `send_invoice`."""
        invoice = new_invoice(self.new_id("in"), self._seconds(), customer, amount, currency, **fields)
        return self._tell("invoice.created", self._keep(invoice))

    def finalize(self, invoice: Json) -> Json:
        if invoice["status"] != "draft":
            raise invalid(
                "This invoice is already finalized, you can't re-finalize it.", "invoice_not_editable"
            )
        invoice["status"] = "open"
        invoice["status_transitions"]["finalized_at"] = self._seconds()
        invoice["number"] = f"R-{len(self.objects['invoice']):05d}"
        invoice["hosted_invoice_url"] = f"https://invoice.example.com/i/{invoice['id']}"
        days = invoice.pop("days_until_due", None)
        if days is not None:
            invoice["due_date"] = self._seconds() + int(timedelta(days=days).total_seconds())
        if invoice["amount_remaining"] == 0:
            self._tell("invoice.finalized", invoice)
            self._mark_paid(invoice)
            return invoice
        self._new_payment(invoice, invoice["amount_remaining"], is_default=True)
        charged = invoice["collection_method"] == "charge_automatically" and invoice["auto_advance"]
        if charged:
            self._engine_attempt_at(invoice, self.now() + FIRST_ATTEMPT_AFTER)
        return self._tell("invoice.finalized", invoice)

    def void(self, invoice: Json) -> Json:
        self._move(invoice, "void", "voided_at", ("open", "uncollectible"))
        return self._tell("invoice.voided", invoice)

    def mark_uncollectible(self, invoice: Json) -> Json:
        self._move(invoice, "uncollectible", "marked_uncollectible_at", ("open",))
        return self._tell("invoice.marked_uncollectible", invoice)

    def credit(self, invoice: Json, amount: int) -> Json:
        """A credit note over part of what an open invoice still owes; nothing left makes it paid."""
        if invoice["status"] != "open":
            raise invalid(f"A credit note needs an open invoice; this one is {invoice['status']}.")
        if not 0 < amount <= invoice["amount_remaining"]:
            raise invalid(
                "The credit note's amount is more than what remains on the invoice.", param="amount"
            )
        if self._is_processing(invoice):
            raise invalid("A payment on this invoice is processing.")
        note = self._keep(new_credit_note(self.new_id("cn"), self._seconds(), invoice, amount))
        invoice["pre_payment_credit_notes_amount"] += amount
        invoice["amount_due"] -= amount
        invoice["amount_remaining"] -= amount
        self._tell("credit_note.created", note)
        self._tell("invoice.updated", invoice)
        if invoice["amount_remaining"] == 0:
            self._mark_paid(invoice)
        return note

    # -------------------------------------------------------------------------- what pays an invoice

    def pay(self, invoice: Json, *, by: str = "api") -> Json:
        """One payment attempt: `api` (a caller), `engine` (Stripe itself) or `payer` (on the page)."""
        if invoice["status"] == "paid":
            raise invalid("Invoice is already paid")
        if invoice["status"] not in ("open", "uncollectible"):
            raise invalid(f"You can't pay an invoice that is {invoice['status']}.", "invoice_not_payable")
        if self._is_processing(invoice):
            raise invalid("A payment on this invoice is processing.", "payment_intent_unexpected_state")
        method = self.method_of(invoice)
        if method is None:
            raise invalid("There is no default payment method on this invoice or its customer.", "missing")
        payment = self._open_payment(invoice)
        intent = self.get("payment_intent", payment["payment"]["payment_intent"])
        if by == "engine" or not invoice["attempted"]:
            invoice["attempt_count"] += 1
        invoice["attempted"] = True
        return self._charge(invoice, payment, intent, method, invoice["amount_remaining"])

    def pay_part(self, invoice: Json, amount: int) -> Json:
        """The payer pays a part on the hosted page, by some means that always works."""
        if (
            invoice["status"] not in ("open", "uncollectible")
            or not 0 < amount <= invoice["amount_remaining"]
        ):
            raise invalid("Only an open invoice takes a part of what it owes.")
        customer = self.get("customer", invoice["customer"])
        method = self._keep(
            new_method(self.new_id("pm"), self._seconds(), "card", customer["id"], brand="mastercard")
        )
        payment, intent = self._new_payment(invoice, amount, is_default=False)
        charge = self._keep(new_charge(self.new_id("ch"), self._seconds(), intent, method, amount))
        self._succeed(invoice, payment, intent, charge)
        return invoice

    def method_of(self, invoice: Json) -> Json | None:
        """What Stripe charges: the invoice's default, then the customer's, then the old source."""
        customer = self.objects["customer"].get(invoice["customer"]) or {}
        places = [
            invoice.get("default_payment_method"),
            (customer.get("invoice_settings") or {}).get("default_payment_method"),
            customer.get("default_source"),
        ]
        return next((self.objects["payment_method"].get(place) for place in places if place), None)

    # --------------------------------------------------------------------- what Stripe does by itself

    def next_at(self) -> datetime | None:
        """When Stripe next does something by itself (an attempt, a bank debit that settles)."""
        return self._agenda[0][0] if self._agenda else None

    def advance(self) -> int:
        """Does what has become due; returns how many things that were."""
        done = 0
        while self._agenda and self._agenda[0][0] <= self.now():
            _, _, act = heapq.heappop(self._agenda)
            act()
            done += 1
        return done

    def at(self, when: datetime, act: Callable[[], None]) -> None:
        """Has something happen at an instant: how worlds and stories script the outside."""
        heapq.heappush(self._agenda, (when, next(self._ids), act))

    # ------------------------------------------------------------------------------------- inside

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{self._seed}{next(self._ids):08d}"

    def _seconds(self) -> int:
        return seconds(self.now())

    def _keep(self, new: Json) -> Json:
        self.objects[new["object"]][new["id"]] = new
        return new

    def _tell(self, event_type: str, subject: Json, before: Json | None = None) -> Json:
        for listener in self.listeners:
            listener(event_type, deepcopy(subject), before or {})
        return subject

    def _move(self, invoice: Json, status: str, stamp: str, allowed: tuple[str, ...]) -> None:
        if invoice["status"] not in allowed:
            raise invalid(
                f"An invoice that is {invoice['status']} can't become {status}.", "invoice_not_editable"
            )
        if self._is_processing(invoice):
            raise invalid("A payment on this invoice is processing.")
        invoice["status"] = status
        invoice["next_payment_attempt"] = None
        invoice["status_transitions"][stamp] = self._seconds()

    def _is_processing(self, invoice: Json) -> bool:
        intents = (p["payment"].get("payment_intent") for p in self.payments_of(invoice["id"]))
        return any(
            (self.objects["payment_intent"].get(intent_id) or {}).get("status") == "processing"
            for intent_id in intents
        )

    def _new_payment(self, invoice: Json, amount: int, *, is_default: bool) -> tuple[Json, Json]:
        intent = self._keep(new_intent(self.new_id("pi"), self._seconds(), invoice, amount))
        payment = new_invoice_payment(
            self.new_id("inpay"), self._seconds(), invoice, intent, is_default=is_default
        )
        return self._keep(payment), intent

    def _open_payment(self, invoice: Json) -> Json:
        """The open payment that the invoice is paid by, for all that remains; made where there is none."""
        found = [p for p in self.payments_of(invoice["id"]) if p["status"] == "open"]
        payment = found[0] if found else self._new_payment(invoice, 0, is_default=True)[0]
        intent = self.get("payment_intent", payment["payment"]["payment_intent"])
        intent["amount"] = payment["amount_requested"] = invoice["amount_remaining"]
        return payment

    def _charge(self, invoice: Json, payment: Json, intent: Json, method: Json, amount: int) -> Json:
        answer = self.bank.answer(method, amount, self.now())
        charge = self._keep(new_charge(self.new_id("ch"), self._seconds(), intent, method, amount))
        intent["latest_charge"], intent["payment_method"] = charge["id"], method["id"]
        if answer.answer is Answer.APPROVED:
            self._succeed(invoice, payment, intent, charge)
        elif answer.answer is Answer.DECLINED:
            self._fail(invoice, intent, charge, method, answer)
            raise card_error(charge, intent)
        else:
            self._await(invoice, payment, intent, charge, method, answer)
        return invoice

    def _await(
        self, invoice: Json, payment: Json, intent: Json, charge: Json, method: Json, answer: BankAnswer
    ) -> None:
        """A bank debit: processing for days, then as the bank says."""
        charge |= {"status": "pending", "paid": False}
        intent["status"] = "processing"
        invoice["next_payment_attempt"] = None
        self._tell("charge.pending", charge)
        self._tell("payment_intent.processing", intent)

        def settle() -> None:
            later = answer.later
            if later is not None and later.answer is Answer.DECLINED:
                self._fail(invoice, intent, charge, method, later)
            else:
                charge.update(status="succeeded", paid=True)
                self._succeed(invoice, payment, intent, charge)

        self.at(self.now() + (answer.settles_after or timedelta(0)), settle)

    def _succeed(self, invoice: Json, payment: Json, intent: Json, charge: Json) -> None:
        amount = charge["amount"]
        intent |= {"status": "succeeded", "amount_received": amount, "last_payment_error": None}
        intent["latest_charge"] = charge["id"]
        payment |= {"status": "paid", "amount_paid": amount}
        payment["status_transitions"]["paid_at"] = self._seconds()
        invoice["amount_paid"] += amount
        invoice["amount_remaining"] -= amount
        self._tell("charge.succeeded", charge)
        self._tell("payment_intent.succeeded", intent)
        self._tell("invoice_payment.paid", payment)
        if invoice["amount_remaining"] == 0:
            self._mark_paid(invoice)
        else:
            self._tell("invoice.updated", invoice)

    def _mark_paid(self, invoice: Json) -> None:
        invoice |= {"status": "paid", "auto_advance": False, "next_payment_attempt": None}
        invoice["status_transitions"]["paid_at"] = self._seconds()
        self._tell("invoice.paid", invoice)
        self._tell("invoice.payment_succeeded", invoice)

    def _fail(self, invoice: Json, intent: Json, charge: Json, method: Json, answer: BankAnswer) -> None:
        code = answer.decline_code or "generic_decline"
        is_card = method["type"] == "card"
        needs_payer = code == "authentication_required"
        charge |= {"status": "failed", "paid": False}
        charge["failure_code"] = (
            "authentication_required" if needs_payer else "card_declined" if is_card else code
        )
        charge["failure_message"] = "The payment was declined."
        charge["outcome"] |= {
            "advice_code": answer.advice_code,
            "network_advice_code": answer.network_advice_code,
            "network_decline_code": answer.network_decline_code,
            "network_status": "declined_by_network",
            "reason": code if is_card else None,
            "type": "issuer_declined",
        }
        intent["status"] = "requires_payment_method"
        intent["last_payment_error"] = {
            "type": "card_error",
            "advice_code": answer.advice_code,
            "charge": charge["id"],
            "code": charge["failure_code"],
            "decline_code": code if is_card else None,
            "message": "The payment was declined.",
            "network_advice_code": answer.network_advice_code,
            "network_decline_code": answer.network_decline_code,
            "payment_method": deepcopy(method),
        }
        self._plan_engine_retry(invoice)
        self._tell("charge.failed", charge)
        self._tell("payment_intent.payment_failed", intent)
        if needs_payer:
            self._tell("invoice.payment_action_required", invoice)
        self._tell("invoice.payment_failed", invoice)

    def _plan_engine_retry(self, invoice: Json) -> None:
        """Stripe's own engine, where the merchant left it on."""
        done = invoice["attempt_count"] - 1
        invoice["next_payment_attempt"] = None
        if invoice["auto_advance"] and done < len(self._engine_retry_days) and invoice["status"] == "open":
            self._engine_attempt_at(invoice, self.now() + timedelta(days=self._engine_retry_days[done]))

    def _engine_attempt_at(self, invoice: Json, when: datetime) -> None:
        invoice["next_payment_attempt"] = seconds(when)
        self.at(when, lambda: self._engine_attempt(invoice, when))

    def _engine_attempt(self, invoice: Json, planned: datetime) -> None:
        if invoice["status"] != "open" or invoice["next_payment_attempt"] != seconds(planned):
            return
        invoice["next_payment_attempt"] = None
        try:
            self.pay(invoice, by="engine")
        except StripeAPIError as error:
            if error.status not in (400, 402):
                raise
