"""A small scene with known ids, in which every sample event of events/ means something.

It plays the last weeks up to a given instant, and stops just before the functions would act, so that
each can be invoked by hand.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sandbox.fake_stripe.bank import ScriptedBank, declined
from sandbox.stack import Options, Sandbox, open_sandbox

SETTINGS: Final[dict[str, Any]] = {
    "active_since": "2000-01-01T00:00:00+00:00",
    "retry": {"kind": "even"},
    "messages": {"send_from_hour": 0, "send_until_hour": 24, "reminder_offsets_days": [0]},
    "webhooks": [{"name": "billing-app", "url": "https://hooks.northwind.invalid/dunwell"}],
}

PAGE_TOKEN: Final = "in_sample_page.sample-secret-which-is-none-here"  # noqa: S105 - good for this scene only
"""Opens the hosted invoice page of the samples."""

PAST_DUE: Final = {
    **SETTINGS,
    "past_due": {"action": "mark_uncollectible", "after_days": 30},
    "tolerance": {"eur": 100},
}


@contextmanager
def open_scene(now: datetime) -> Iterator[Sandbox]:
    """The scene at `now`. What is due: a retry, an attempt to resolve, a message, a mail, final actions."""
    bank = ScriptedBank()
    with open_sandbox(now - timedelta(days=46), Options(settings=SETTINGS, bank=bank)) as sandbox:
        _bill_long_ago(sandbox)
        _bill_cards(sandbox, bank, now)
        sandbox.run_until(now - timedelta(minutes=35))
        _lose_an_answer(sandbox, now - timedelta(minutes=10))
        _finalize_today(sandbox)
        _pass_the_due_date(sandbox)
        sandbox.driver.clock.move_to(now, tick=False)
        _store_an_event(sandbox)
        yield sandbox


def _bill_long_ago(sandbox: Sandbox) -> None:
    """Two invoices that nobody paid in full, 46 days old and 32 days past due."""
    account = sandbox.account
    customer = account.create_customer(
        id="cus_sample_late", name="Leo Late", email="leo@customer.example.com"
    )
    for name, paid in (("in_sample_past_due", 0), ("in_sample_short", 9950)):
        fields: Any = {"id": name, "collection_method": "send_invoice", "days_until_due": 14}
        account.finalize(account.create_invoice(customer, 10_000, **fields))
        if paid:
            account.at(sandbox.driver.now() + timedelta(days=1), partial(_pay, sandbox, name, paid))


def _bill_cards(sandbox: Sandbox, bank: ScriptedBank, now: datetime) -> None:
    """Cards that fail at first, so that a retry falls due shortly before `now`."""
    account = sandbox.account
    failed = declined("insufficient_funds")
    for name, minutes in (("retry_due", 20), ("unknown", 12), ("paid", 25)):
        customer = account.create_customer(id=f"cus_sample_{name}", email=f"{name}@customer.example.com")
        method = account.attach_method(customer)
        bank.script(
            method["id"], failed, *([failed] if name == "retry_due" else []), declined("do_not_honor")
        )
        when = now - timedelta(days=2, hours=1, minutes=minutes)

        def bill(customer: Any = customer, name: str = name) -> None:
            account.finalize(account.create_invoice(customer, 4_900, id=f"in_sample_{name}"))

        account.at(when, bill)
        if name == "paid":
            account.at(when + timedelta(hours=20), partial(_pay, sandbox, "in_sample_paid", 4_900))


def _pay(sandbox: Sandbox, invoice_id: str, amount: int) -> None:
    sandbox.account.pay_part(sandbox.account.get("invoice", invoice_id), amount)


def _lose_an_answer(sandbox: Sandbox, at: datetime) -> None:
    """A retry is made; the processor's answer is lost on its way, and so are its webhooks."""
    sandbox.driver.clock.move_to(at, tick=False)
    sandbox.api.lose_next_answer_to("pay")
    event = {"Records": [_record("in_sample_unknown")]}
    sandbox.functions.invoke("RetryExecution", event)
    sandbox.webhooks.drop_waiting()


def _finalize_today(sandbox: Sandbox) -> None:
    """Invoices whose mails are due: one to be decided, one handed over and not sent yet, one with a page."""
    account = sandbox.account
    for name in ("message_due", "mail_due", "page"):
        customer = account.create_customer(
            id=f"cus_sample_{name}", name="Mia Muster", email=f"{name}@customer.example.com"
        )
        fields: Any = {"id": f"in_sample_{name}", "collection_method": "send_invoice", "days_until_due": 30}
        account.finalize(account.create_invoice(customer, 12_345, **fields))
    sandbox.driver.drain()
    sandbox.functions.invoke("ReminderDispatch", {"Records": [_record("cus_sample_mail_due", "customer_id")]})
    sandbox.put_link(PAGE_TOKEN)


def _pass_the_due_date(sandbox: Sandbox) -> None:
    """The owner decides to give up after 30 days; both old invoices are looked at again."""
    sandbox.apply_settings(PAST_DUE)
    sandbox.driver.clock.shift(timedelta(minutes=2))
    ids = ("in_sample_past_due", "in_sample_short")
    sandbox.functions.invoke("EventProcessing", {"Records": [_record(invoice_id) for invoice_id in ids]})


def _store_an_event(sandbox: Sandbox) -> None:
    """An event that was taken in and is not applied yet; its message is the sample."""
    subject = sandbox.account.get("invoice", "in_sample_retry_due")
    event = {
        "id": "evt_sample_payment_failed",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(sandbox.driver.now().timestamp()),
        "data": {"object": subject},
        "livemode": False,
        "request": {"id": None, "idempotency_key": None},
        "type": "invoice.payment_failed",
    }
    sandbox.webhooks.send(event)


def _record(value: str, name: str = "invoice_id") -> dict[str, Any]:
    return {
        "messageId": f"scene-{value}",
        "body": f'{{"{name}": "{value}"}}',
        "eventSource": "aws:sqs",
        "attributes": {},
    }
