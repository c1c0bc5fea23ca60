"""`dunwell invoice` and `dunwell customer`: what is known, what is next, and of each decision the reasons.

Answers leave out what is as by default.
"""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sandbox.owner.door import Door

Json = dict[str, Any]

DAYS_AHEAD: Final = 92
"""Days that an invoice's future is told for."""

_NEXT: Final = {
    "attempt_payment": "the payment is tried again",
    "resolve_attempt": "an attempt whose outcome is unknown is resolved",
    "credit_shortfall": "the shortfall is credited",
    "mark_uncollectible": "it is marked uncollectible",
    "look_again": "it is looked at again",
}


_IN_THE_NIGHT: Final = frozenset({"credit_shortfall", "mark_uncollectible"})
"""What the nightly sweep does."""


def run_invoice(door: Door, invoice_id: str, console: Console, *, as_json: bool) -> int:
    """Tells an invoice's story. Raises `ValueError`, which says what to do."""
    told = door.ask("invoice.show", invoice_id=invoice_id)["invoice"]
    if as_json:
        return _as_json(told)
    invoice, ledger = told["facts"]["invoice"], told["ledger"]
    say = _printer(console)
    named = f"{invoice['id']} ({invoice.get('number') or 'no number'})"
    say(f"{named} of {invoice['customer_id']}: {invoice['status']}")
    due, left = _money(invoice["amount_due"]), _money(invoice["amount_remaining"])
    say(f"  {due} due, {left} open, {_terms(invoice)}")
    if ledger:
        say(f"  next: {next_of(ledger[-1])}")
    say("  all times are UTC")
    console.print()
    for at, lines in happened(told):
        say(f"{_when(at)}  {lines[0]}")
        for line in lines[1:]:
            say(f"                    {line}")
    _tell_what_follows(door, invoice, console)
    return 0


def _tell_what_follows(door: Door, invoice: Json, console: Console) -> None:
    """The invoice's future by the settings that hold."""
    customer_id = invoice["customer_id"]
    told = door.ask("preview", customers=[customer_id], days=DAYS_AHEAD)["customers"][customer_id]["now"]
    mine = [one for one in told if one["invoice_id"] == invoice["id"]]
    if mine:
        say = _printer(console)
        console.print()
        say("what follows, if nothing changes and every payment fails:")
        for one in mine:
            named = f"{one['deed'].replace('_', ' ')} {one['what']}".strip()
            say(f"{_when(one['at'])}  {named} of {_money(one['amount'])}")


def run_customer(door: Door, customer_id: str, console: Console, *, as_json: bool) -> int:
    """Tells what is known of a customer and what was written to them. Raises `ValueError`."""
    told = door.ask("customer.show", customer_id=customer_id)["customer"]
    if as_json:
        return _as_json(told)
    customer, say = told["customer"], _printer(console)
    say(f"{customer['id']}: {customer.get('name') or 'no name'}, {customer.get('email') or 'no address'}")
    languages = ", ".join(customer.get("preferred_locales", ())) or "no language preferred"
    zone, country = (
        customer.get("time_zone") or "your time zone",
        customer.get("country") or "no country told",
    )
    say(f"  {zone}; {languages}; {country}")
    for one in customer.get("suppressed", ()):
        say(f"  {one['address']} {one.get('feedback')} on {_when(one['at'])}: not written to")
    if customer.get("unsubscribed_at"):
        say(f"  wants no mails that only help since {_when(customer.get('unsubscribed_at'))}")
    for key, kept in sorted(customer.get("metadata", {}).items()):
        say(f"  {key}: {kept}")
    say("  all times are UTC")
    say(f"  open invoices: {', '.join(told['open_invoices']) or 'none'}")
    for change in told["changes"]:
        say(f"  {_when(change['at'])}  {_changed(change)}" + (f": {change['why']}" if change["why"] else ""))
    table = Table("when", title="Messages, the newest first", title_justify="left")
    table.add_column("message", overflow="fold")
    for name in ("state", "why"):
        table.add_column(name)
    for one in sorted(customer.get("records", ()), key=lambda record: str(record["at"]), reverse=True):
        state = one.get("feedback") or one["state"]
        told_too = [message["key"] for message in one.get("tells", ())]
        keys, why = Text("\n".join([one["key"], *told_too])), Text(one.get("reason") or "")
        table.add_row(_when(one["at"]), keys, state, why)
    console.print()
    console.print(table)
    return 0


def happened(told: Json) -> Iterator[tuple[str, list[str]]]:
    """What happened and what was decided, oldest first: (instant, its lines)."""
    found: list[tuple[str, list[str]]] = []
    for attempt in told["facts"].get("attempts", ()):
        failure = attempt.get("failure") or {}
        code = failure.get("decline_code") or failure.get("code")
        by = "own attempt" if attempt.get("number") else f"attempt of the {attempt['origin']}"
        found.append(
            (attempt["started_at"], [f"{by}: {attempt['outcome']}" + (f" ({code})" if code else "")])
        )
    for mail in told["mails"]:
        state = mail.get("feedback") or mail["state"]
        found.append(
            (mail["at"], [f"mail {mail['key'].split(':', 1)[1]}: {state}", *_some(mail.get("reason"))])
        )
    found += _words(told["facts"]["invoice"].get("word") or {})
    for change in told.get("changes", ()):
        told_of = f"{change['subject']} {_changed(change)}"
        found.append((change["at"], [told_of, *_some(change["why"])]))
    for entry in told["ledger"]:
        reasons = [f"- {reason['text']}" for reason in entry["reasons"]]
        head = f"decided with settings {entry['settings_version']}: {next_of(entry)}"
        found.append((entry["at"], [head, *reasons]))
    yield from sorted(found, key=lambda one: one[0])


def _words(word: Json) -> Iterator[tuple[str, list[str]]]:
    """What the payer said on the page, a note in their own words."""
    for promise in word.get("promises", ()):
        yield promise["made_at"], [f"the payer promised to pay by {promise['by_date']}"]
    picked, dispute = word.get("picked"), word.get("dispute")
    if picked:
        yield picked["made_at"], [f"the payer chose {picked['day']} for the next attempt"]
    if word.get("retry_asked_at") and not word.get("retry_asked_by"):
        yield word["retry_asked_at"], ["the payer asked to try again now"]
    if dispute:
        said = dispute["complaint"].replace("_", " ")
        yield dispute["made_at"], [f"the payer disputes it: {said}", f'- "{dispute["note"]}"']


def _changed(change: Json) -> str:
    """An exception in words, with whoever made it."""
    return " ".join([change["name"], *([change["what"]] if change["what"] else []), "by", change["by"]])


def next_of(entry: Json) -> str:
    action = entry.get("next_action")
    if action is None:
        return "nothing more is done about it"
    told = _NEXT[action["kind"]]
    if action["kind"] in _IN_THE_NIGHT and action["at"] <= entry["at"]:
        return f"{told} in the coming night"
    return f"{told} on {_when(action['at'])} UTC"


def _terms(invoice: Json) -> str:
    charged = invoice["collection_method"] == "charge_automatically"
    return "charged automatically" if charged else f"sent, due on {_when(invoice.get('due_at'))}"


def _some(reason: str | None) -> list[str]:
    return [f"- {reason}"] if reason else []


def _money(told: Json) -> str:
    from dunwell.domain.money import Money

    money = Money(told["amount"], told["currency"])
    return f"{money.major} {money.currency.upper()}"


def _when(told: str | None) -> str:
    """An instant to the minute, UTC."""
    return f"{datetime.fromisoformat(told):%Y-%m-%d %H:%M}" if told else "no day"


def _as_json(told: Json) -> int:
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    return 0


def _printer(console: Console) -> Any:
    """Prints what others wrote as it is: no markup, no colours, no folding."""
    return lambda text: console.print(text, markup=False, highlight=False, soft_wrap=True)
