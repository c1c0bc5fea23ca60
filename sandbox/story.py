"""An invoice's story, told day by day from what is stored and from the fake Stripe's own ledger."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.stack import Sandbox


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One line of a story: when, and what happened or was decided."""

    at: datetime
    order: int
    text: str
    why: str = ""


def tell(sandbox: Sandbox, invoice: dict[str, Any]) -> list[Line]:
    """Everything about one invoice in order of time: the processor's facts, decisions, mails."""
    lines = [*_facts(sandbox, invoice), *_decisions(sandbox, invoice), *_messages(sandbox, invoice)]
    return sorted(lines)


def _facts(sandbox: Sandbox, invoice: dict[str, Any]) -> list[Line]:
    amount = f"{invoice['total'] / 100:.2f} {invoice['currency'].upper()}"
    stamps = invoice["status_transitions"]
    lines = [Line(_at(stamps["finalized_at"]), 0, f"invoice {invoice['number']} over {amount} is finalized")]
    for stamp, text in (
        ("paid_at", "the invoice is paid"),
        ("marked_uncollectible_at", "the invoice is marked uncollectible"),
        ("voided_at", "the invoice is voided"),
    ):
        if stamps[stamp]:
            lines.append(Line(_at(stamps[stamp]), 3, text))
    for payment in sandbox.account.payments_of(invoice["id"]):
        for charge in sandbox.account.charges_of(payment["payment"]["payment_intent"]):
            reason = charge["outcome"]["reason"] or charge["failure_code"] or ""
            told = f"{charge['status']}{f' ({reason})' if reason else ''}"
            lines.append(Line(_at(charge["created"]), 1, f"payment of {charge['amount'] / 100:.2f}: {told}"))
    return lines


def _decisions(sandbox: Sandbox, invoice: dict[str, Any]) -> list[Line]:
    lines = []
    for entry in sandbox.ledger(invoice["id"]):
        action = entry.get("next_action")
        if action is None or action["kind"] in ("look_again", "resolve_attempt"):
            text = "decided: nothing to do for now"
        else:
            text = f"decided: {action['kind'].replace('_', ' ')} on {_day(action['at'])}"
        if action is None or action["kind"] != "resolve_attempt":
            why = "; ".join(reason["text"] for reason in entry["reasons"])
            lines.append(Line(datetime.fromisoformat(entry["at"]), 2, text, why))
    return lines


def _messages(sandbox: Sandbox, invoice: dict[str, Any]) -> list[Line]:
    lines = []
    for row in sandbox.items("CustomersTable"):
        if row["customer_id"] != invoice["customer"] or not str(row["part"]).startswith("message#"):
            continue
        record = json.loads(str(row["body"]))
        if record["invoice_id"] == invoice["id"]:
            text = f"mail {record['kind'].replace('_', ' ')}: {record['state']}"
            lines.append(Line(datetime.fromisoformat(record["at"]), 4, text, record.get("reason") or ""))
    return lines


def _at(unix: int) -> datetime:
    return datetime.fromtimestamp(unix, UTC)


def _day(instant: str) -> str:
    return f"{datetime.fromisoformat(instant):%d %b %H:%M}"
