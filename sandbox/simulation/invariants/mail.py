"""Mail (R1 to R5), judged at each mail that the mail service takes."""

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sandbox.simulation.invariants.money import FRESH_S, SWITCH_S
from sandbox.simulation.invariants.zones import zone_of
from sandbox.simulation.observations import Mailed
from sandbox.simulation.witness import MailedCheck, Witness

CLAIMED_BEFORE: Final = timedelta(minutes=1)

_ABOUT_A_LACK: Final = re.compile(r"payment_failed|payment_action_required|promise_broken|reminder:\+[1-9]")

_REMINDER: Final = re.compile(r"reminder:([+-]\d+)")


def allowed_by_fresh_reading(witness: Witness, mail: Mailed) -> str | None:
    """R1"""
    seen = mail.seen
    if seen is None or (mail.at - seen.at).total_seconds() > FRESH_S:
        return f"{mail.key} was sent on a reading {mail.at - seen.at if seen else 'never made'} old"
    right = seen.state.status == "paid" if mail.is_receipt else seen.state.is_open
    return None if right else f"{mail.key} was sent though the state read was {seen.state}"


def thanks_those_who_were_asked(witness: Witness, mail: Mailed) -> str | None:
    """R1, a receipt puts an end to something: a mail about what was missing went before it."""
    asked = any(m.invoice_id == mail.invoice_id and _ABOUT_A_LACK.match(m.about) for m in witness.taken)
    return f"{mail.key} was sent though nobody had been asked" if mail.is_receipt and not asked else None


def rested(witness: Witness, mail: Mailed) -> str | None:
    """R1, nobody is asked for anything while their promise runs or their dispute stands."""
    said = witness.resting_since(mail.invoice_id, mail.seen)
    if said is None or mail.is_receipt or mail.about.startswith("promise_confirmed"):
        return None
    soon = (mail.at - said.at).total_seconds() <= FRESH_S
    return None if soon else f"{mail.key} was sent in spite of its payer's {said.choice}"


def sent_once(witness: Witness, mail: Mailed) -> str | None:
    """R2"""
    same = (m for m in witness.mails if (m.invoice_id, m.about) == (mail.invoice_id, mail.about))
    return f"{mail.key} was sent twice" if any(same) else None


def in_its_days(witness: Witness, mail: Mailed) -> str | None:
    """R4, a reminder's own day and its grace."""
    found = _REMINDER.fullmatch(mail.about)
    if found is None:
        return None
    invoice = witness.account.objects["invoice"][mail.invoice_id]
    owner = ZoneInfo(witness.settings.time_zone)
    due = datetime.fromtimestamp(invoice["due_date"] or invoice["status_transitions"]["finalized_at"], owner)
    first = due.date() + timedelta(days=int(found[1]))
    last = first + timedelta(days=witness.settings.messages.grace_days)
    sent = mail.at.astimezone(zone_of(witness, mail.customer_id)).date()
    return None if first <= sent <= last else f"{mail.key} of {first} was sent on {sent}"


def one_for_an_invoice_and_day(witness: Witness, mail: Mailed) -> str | None:
    """R4, no blast."""
    if not mail.is_counted:
        return None
    zone = zone_of(witness, mail.customer_id)
    today = mail.at.astimezone(zone).date()
    same = [
        m
        for m in witness.mails
        if m.invoice_id == mail.invoice_id and m.is_counted and m.at.astimezone(zone).date() == today
    ]
    return f"{mail.key} is the second mail of {mail.invoice_id} on {today}" if same else None


def three_for_a_customer_and_week(witness: Witness, mail: Mailed) -> str | None:
    """The customer's budget, which counts a mail from its claim, moments before it is sent."""
    since = mail.at - timedelta(days=7) + CLAIMED_BEFORE
    if not mail.is_counted:
        return None
    counted = [m for m in witness.mails if m.is_counted]
    recent = {m.mail for m in counted if m.customer_id == mail.customer_id and m.at > since} - {mail.mail}
    return f"{mail.key} is the fourth mail to {mail.customer_id} in a week" if len(recent) >= 3 else None


def to_the_right_address(witness: Witness, mail: Mailed) -> str | None:
    """R5"""
    right = witness.account.objects["invoice"][mail.invoice_id]["customer_email"]
    if mail.to != right:
        return f"{mail.key} went to {mail.to}, not to {right}"
    known = witness.suppressed.get(mail.to)
    bounced = known is not None and mail.seen is not None and known < mail.seen.order
    return f"{mail.key} went to {mail.to}, which had bounced" if bounced else None


def within_send_hours(witness: Witness, mail: Mailed) -> str | None:
    """At a decent hour of the customer's."""
    policy, hour = witness.settings.messages, mail.at.astimezone(zone_of(witness, mail.customer_id)).hour
    right = policy.send_from_hour <= hour < policy.send_until_hour
    return None if right else f"{mail.key} was sent at {hour} o'clock"


def about_ours_alone(witness: Witness, mail: Mailed) -> str | None:
    """Never both: what was not handed over is left alone."""
    ours = mail.seen is None or not mail.seen.state.is_open or mail.seen.state.handed
    return None if ours else f"{mail.key} was sent about an invoice that is not ours"


def nothing_in_observe_mode(witness: Witness, mail: Mailed) -> str | None:
    """S1b"""
    return f"{mail.key} was sent in observe mode" if witness.settings.active_since is None else None


def nothing_mailed_while_stopped(witness: Witness, mail: Mailed) -> str | None:
    """The switch"""
    since = witness.mail_stopped_at
    late = since is not None and (mail.at - since).total_seconds() > SWITCH_S
    return f"{mail.key} was sent after mail was stopped" if late else None


MAILED_CHECKS: Final[tuple[tuple[str, MailedCheck], ...]] = (
    ("R1", allowed_by_fresh_reading),
    ("R1", thanks_those_who_were_asked),
    ("R1", rested),
    ("R2", sent_once),
    ("R4", in_its_days),
    ("R4", one_for_an_invoice_and_day),
    ("R4", three_for_a_customer_and_week),
    ("R5", to_the_right_address),
    ("R4", within_send_hours),
    ("hands-off", about_ours_alone),
    ("S1b", nothing_in_observe_mode),
    ("stop", nothing_mailed_while_stopped),
)
