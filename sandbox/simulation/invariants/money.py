"""Money (M1 to M8), judged at each request that acts."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from dunwell.domain.policies import PastDueAction

from sandbox.simulation.observations import Asked
from sandbox.simulation.witness import OWN, AskedCheck, Witness

FRESH_S: Final = 5
SWITCH_S: Final = 10
"""A switch acts within five seconds of a reading that may be five seconds old."""

KEY_HOURS_MAX: Final = 23
ONE_KEY_FOR: Final = timedelta(hours=12)
"""Within it a final action has one key, however late after its record it was asked for."""

GAP_MIN: Final = timedelta(minutes=55)
"""Shortest time between two attempts on one card: an hour, but for the length of a call."""

CARD_ATTEMPTS_MAX: Final = 15
CARD_DAYS: Final = 30
HARD: Final = frozenset({"authentication_required", "incorrect_number", "lost_card", "stolen_card"})
"""Declines after which only the payer, or another method, can help."""
COLLECTED: Final = ("succeeded", "pending")


def collected_once(witness: Witness, asked: Asked) -> str | None:
    """M1"""
    own = [
        c for c in witness.charges_of(asked.invoice_id) if _is_own(witness, c) and c["status"] in COLLECTED
    ]
    if len(own) > 1:
        return f"{len(own)} of our attempts on {asked.invoice_id} collected or are collecting"
    if sum(c["amount"] for c in own) > asked.before.total:
        return f"our attempts collected more than {asked.invoice_id} was due"
    return None


def charged_on_fresh_reading(witness: Witness, asked: Asked) -> str | None:
    """M2"""
    seen = asked.seen
    if asked.verb != "pay":
        return None
    if seen is None or (asked.at - seen.at).total_seconds() > FRESH_S:
        return f"{asked.key} was sent on a reading {asked.at - seen.at if seen else 'never made'} old"
    return None if seen.state.is_open else f"{asked.key} was sent though the state read was {seen.state}"


def charged_what_remains(witness: Witness, asked: Asked) -> str | None:
    """M3"""
    charge = asked.charge
    if charge is None:
        return None
    right = type(charge["amount"]) is int and (charge["amount"], charge["currency"]) == (
        asked.before.remaining,
        asked.before.currency,
    )
    return None if right else f"{charge['amount']} charged where {asked.before.remaining} remained"


def within_policy(witness: Witness, asked: Asked) -> str | None:
    """M4, the policy's number and the networks' windows."""
    if asked.charge is None:
        return None
    known = _known(witness, asked, witness.charges_of(asked.invoice_id))
    counted = [c for c in known if witness.origins[c["id"]] != "payer"]
    allowed = 1 + witness.settings.retry.retries_max
    if len(counted) > allowed:
        return f"attempt {len(counted)} on {asked.invoice_id}; the policy allows {allowed}"
    since = asked.at.timestamp() - CARD_DAYS * 86_400
    card = _card(asked.charge)
    everything = _known(witness, asked, witness.account.objects["charge"].values())
    made = [c for c in everything if _card(c) == card and c["created"] > since]
    return f"{len(made)} attempts on one card in {CARD_DAYS} days" if len(made) > CARD_ATTEMPTS_MAX else None


def not_at_once_again(witness: Witness, asked: Asked) -> str | None:
    """M4, the shortest gap: a plan that changed, or was made already, is not carried out."""
    charge = asked.charge
    if charge is None:
        return None
    for other in _known(witness, asked, witness.charges_of(asked.invoice_id)):
        same = _identity(other) == _identity(charge) and witness.origins[other["id"]] != "payer"
        if same and other is not charge and charge["created"] - other["created"] < GAP_MIN.total_seconds():
            return f"{asked.key} came {charge['created'] - other['created']} s after {other['id']}"
    return None


def no_charge_after_hard_decline(witness: Witness, asked: Asked) -> str | None:
    """M4, hard declines: another fingerprint or expiry is another card."""
    if asked.charge is None:
        return None
    method = _identity(asked.charge)
    for charge in _known(witness, asked, witness.charges_of(asked.invoice_id)):
        if charge is not asked.charge and _identity(charge) == method and charge["outcome"]["reason"] in HARD:
            return f"charged again after {charge['outcome']['reason']} on the same card"
    return None


def one_attempt_after_the_other(witness: Witness, asked: Asked) -> str | None:
    """M5"""
    number = asked.number
    if number is None:
        return None
    for other in witness.asks:
        if other.invoice_id != asked.invoice_id or other.number is None or other.key == asked.key:
            continue
        if other.number > number:
            return f"{asked.key} was sent after {other.key}"
        if other.charge is not None and (asked.seen is None or asked.seen.order < other.order):
            return f"{asked.key} was sent before the outcome of {other.key} was known"
    return None


def one_key_one_request(witness: Witness, asked: Asked) -> str | None:
    """M6"""
    if not asked.key:
        return f"{asked.verb} without an idempotency key"
    for other in witness.asks:
        if other.key != asked.key:
            continue
        if (other.params, other.invoice_id, other.verb) != (asked.params, asked.invoice_id, asked.verb):
            return f"{asked.key} was sent with other parameters"
        if asked.at - other.at > timedelta(hours=KEY_HOURS_MAX):
            return f"{asked.key} was sent again after {asked.at - other.at}"
    return None


def one_key_for_a_final_action(witness: Witness, asked: Asked) -> str | None:
    """M6: what may have been done already is asked for again under the same key."""
    if asked.verb == "pay":
        return None
    for other in _ours(witness, asked):
        if other.verb == asked.verb and other.key != asked.key and asked.at - other.at < ONE_KEY_FOR:
            return f"{asked.verb} of {asked.invoice_id} was sent as {other.key}, and now as {asked.key}"
    return None


def rested(witness: Witness, asked: Asked) -> str | None:
    """M7: nothing is charged, credited or given up while a promise runs or a dispute stands."""
    said = witness.resting_since(asked.invoice_id, asked.seen)
    return f"{asked.verb} of {asked.invoice_id} in spite of its payer's {said.choice}" if said else None


def marked_rightly(witness: Witness, asked: Asked) -> str | None:
    """M7"""
    if asked.verb != "mark_uncollectible":
        return None
    policy, days = witness.settings.past_due, _days_past_due(witness, asked)
    if policy.action is not PastDueAction.MARK_UNCOLLECTIBLE or days < policy.after_days:
        return f"{asked.invoice_id} was marked {days} days past due"
    if not _fresh_and_open(asked):
        return f"{asked.invoice_id} was marked on a reading of {asked.seen}"
    read = asked.seen.order if asked.seen else 0
    if any(o.charge is not None and o.order > read for o in _ours(witness, asked)):
        return f"{asked.invoice_id} was marked while an attempt's outcome was unknown"
    done = [o for o in _ours(witness, asked) if o.verb == asked.verb and o.fresh and o.status == 200]
    return f"{asked.invoice_id} was marked twice" if done and asked.fresh and asked.status == 200 else None


def credited_rightly(witness: Witness, asked: Asked) -> str | None:
    """M8"""
    if asked.verb != "credit":
        return None
    if not _fresh_and_open(asked):
        return f"{asked.invoice_id} was credited on a reading of {asked.seen}"
    state, tolerance = asked.before, witness.settings.tolerance.get(asked.before.currency)
    if not asked.fresh or asked.status != 200:
        return None
    earlier = [o for o in _ours(witness, asked) if o.verb in ("credit", "mark_uncollectible") and o.fresh]
    if any(o.status == 200 for o in earlier):
        return f"{asked.invoice_id} was credited after it was credited or marked"
    if asked.amount != state.remaining or tolerance is None or state.remaining > tolerance.amount:
        return f"{asked.amount} was credited where {state.remaining} remained, tolerance {tolerance}"
    return None if state.paid > 0 else f"{asked.invoice_id} was credited though nobody had paid a part"


def ours_alone(witness: Witness, asked: Asked) -> str | None:
    """Never both: what was not handed over is left alone."""
    return None if asked.before.handed or not asked.before.is_open else f"{asked.verb} of what is not ours"


def nothing_in_observe_mode(witness: Witness, asked: Asked) -> str | None:
    """S1b"""
    return f"{asked.verb} in observe mode" if witness.settings.active_since is None else None


def nothing_charged_while_stopped(witness: Witness, asked: Asked) -> str | None:
    """The switch"""
    since = witness.charging_stopped_at
    if since is None or asked.verb != "pay" or (asked.at - since).total_seconds() <= SWITCH_S:
        return None
    return f"{asked.key} was sent {asked.at - since} after charging was stopped"


ASKED_CHECKS: Final[tuple[tuple[str, AskedCheck], ...]] = (
    ("M1", collected_once),
    ("M2", charged_on_fresh_reading),
    ("M3", charged_what_remains),
    ("M4", within_policy),
    ("M4", not_at_once_again),
    ("M4", no_charge_after_hard_decline),
    ("M5", one_attempt_after_the_other),
    ("M6", one_key_one_request),
    ("M6", one_key_for_a_final_action),
    ("M7", rested),
    ("M7", marked_rightly),
    ("M8", credited_rightly),
    ("hands-off", ours_alone),
    ("S1b", nothing_in_observe_mode),
    ("stop", nothing_charged_while_stopped),
)


def _fresh_and_open(asked: Asked) -> bool:
    seen = asked.seen
    return seen is not None and seen.state.is_open and (asked.at - seen.at).total_seconds() <= FRESH_S


def _is_own(witness: Witness, charge: dict[str, Any]) -> bool:
    return witness.origins[charge["id"]].startswith(OWN)


def _known(witness: Witness, asked: Asked, charges: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The charge that was made, and those that its task's reading could know of."""
    read = asked.seen.order if asked.seen else 0
    return [c for c in charges if c is asked.charge or witness.told_at[c["id"]] < read]


def _ours(witness: Witness, asked: Asked) -> list[Asked]:
    return [other for other in witness.asks if other.invoice_id == asked.invoice_id]


def _details(charge: dict[str, Any]) -> dict[str, Any]:
    told = charge["payment_method_details"]
    details: dict[str, Any] = told[told["type"]]
    return details


def _card(charge: dict[str, Any]) -> object:
    return _details(charge).get("fingerprint")


def _identity(charge: dict[str, Any]) -> tuple[object, ...]:
    details = _details(charge)
    return details.get("fingerprint"), details.get("exp_year"), details.get("exp_month")


def _days_past_due(witness: Witness, asked: Asked) -> int:
    invoice = witness.account.objects["invoice"][asked.invoice_id]
    zone = ZoneInfo(witness.settings.time_zone)
    due = invoice["due_date"] or invoice["status_transitions"]["finalized_at"]
    return (asked.at.astimezone(zone).date() - datetime.fromtimestamp(due, zone).date()).days
