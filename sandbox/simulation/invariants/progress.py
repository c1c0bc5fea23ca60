"""Whether an invoice's pursuit goes on: what should have been tried by now, by the policy's own words (S3).

Where it is not plain from outside whether a retry was due, nothing is asked for.
"""

import math
from datetime import datetime, timedelta
from typing import Any, Final

from dunwell.domain.policies import RetryKind, RetryPolicy

from sandbox.simulation.invariants.money import CARD_ATTEMPTS_MAX, HARD
from sandbox.simulation.observations import Said
from sandbox.simulation.witness import OWN, Witness

LATE: Final = timedelta(hours=12)
"""How late a retry may be after everything that went wrong."""

MORNING: Final = timedelta(hours=24)
"""After the end of a promise, the send hour of the next day at the latest."""

NEAR: Final = timedelta(days=7)
"""A promise that ends so soon after the first attempt ends within every policy's window."""

Json = dict[str, Any]


def is_pursued(witness: Witness, invoice_id: str) -> bool:
    """Whether the owner wants this invoice's money now, with nothing processing and not all but paid."""
    state, settings = witness.state_of(invoice_id), witness.settings
    tolerance = settings.tolerance.get(state.currency)
    small = tolerance is not None and state.paid > 0 and state.remaining <= tolerance.amount
    return settings.active_since is not None and state.is_open and state.handed and not small


def method_of(witness: Witness, invoice_id: str) -> Json | None:
    """What the processor would charge."""
    objects = witness.account.objects
    invoice = objects["invoice"][invoice_id]
    chosen = objects["customer"][invoice["customer"]]["invoice_settings"]["default_payment_method"]
    return objects["payment_method"].get(invoice["default_payment_method"] or chosen)


def retry_missed(witness: Witness, invoice_id: str, now: datetime) -> str | None:
    """Which retry of a plainly soft decline on the one card should have been made by now."""
    method, policy = method_of(witness, invoice_id), witness.settings.retry
    charges = witness.charges_of(invoice_id)
    if invoice_id in witness.unsure or not (
        charges and is_pursued(witness, invoice_id) and method and method["type"] == "card"
    ):
        return None
    asked = [one for one in witness.asks if one.invoice_id == invoice_id]
    plain = all(_is_soft(charge, method) and witness.origins[charge["id"]] != "payer" for charge in charges)
    if not plain or witness.ever_stopped or any(one.status not in (200, 402) for one in asked):
        return None
    counted = len(_on_card(witness, method)) + _without_a_charge(witness)
    if len(charges) > policy.retries_max or counted >= CARD_ATTEMPTS_MAX:
        return None
    if policy.kind is RetryKind.SMART and len(charges) > 1:
        return None  # whether a further one is worth its cost is the model's to say
    made = [datetime.fromtimestamp(c["created"], now.tzinfo) for c in charges]
    if witness.said.get(invoice_id):
        return _promise_without_end(witness.said[invoice_id], made, invoice_id, now)
    at = _next_at(policy, made)
    too_late = policy.kind is RetryKind.EVEN and at > made[0] + timedelta(days=policy.window_days + 1)
    missed = at + LATE < now and not too_late
    return f"retry {len(charges)} of {invoice_id} was due at {at:%Y-%m-%d %H:%M}" if missed else None


def _promise_without_end(
    said: list[Said], made: list[datetime], invoice_id: str, now: datetime
) -> str | None:
    """Whether the one promise on an invoice was broken, and nothing was tried on the morning after."""
    (first, *others), promised = said, said[0].until
    if others or first.choice != "promise" or promised is None or made[0] + NEAR < promised:
        return None
    missed = promised + MORNING + LATE < now and made[-1] < promised
    return f"{invoice_id} was not tried after a promise until {promised:%Y-%m-%d}" if missed else None


def _next_at(policy: RetryPolicy, made: list[datetime]) -> datetime:
    """When the retry after those that were made falls due at the latest."""
    if policy.kind is RetryKind.SMART:
        return made[0] + timedelta(days=policy.window_days)
    if policy.kind is RetryKind.CUSTOM:
        return made[-1] + timedelta(days=policy.days_after_previous[len(made) - 1])
    days = math.floor(len(made) * policy.window_days / policy.retries + 0.5)
    return max(made[0] + timedelta(days=days), made[-1] + timedelta(days=1))


def _is_soft(charge: Json, method: Json) -> bool:
    """Whether it failed on this very card, and nothing speaks against trying again."""
    details = charge["payment_method_details"].get("card")
    same = details is not None and all(details[k] == method["card"][k] for k in ("fingerprint", "exp_year"))
    return same and charge["status"] == "failed" and charge["outcome"]["reason"] not in HARD


def _on_card(witness: Witness, method: Json) -> list[Json]:
    print_of = method["card"]["fingerprint"]
    charges = witness.account.objects["charge"].values()
    return [c for c in charges if c["payment_method_details"].get("card", {}).get("fingerprint") == print_of]


def _without_a_charge(witness: Witness) -> int:
    """Attempts that were asked for and made no charge: they may be counted, to be on the safe side."""
    made = set(witness.origins.values())
    return len({one.key for one in witness.asks if one.verb == "pay" and f"{OWN}:{one.key}" not in made})
