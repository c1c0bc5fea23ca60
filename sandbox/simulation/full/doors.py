"""The doors (X1 to X3, E6): what strangers send in, and what gets out through a mail or a log."""

import hmac
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final

from sandbox.fake_stripe.objects import seconds
from sandbox.fake_stripe.webhooks import signature
from sandbox.simulation.histories import MARKUP
from sandbox.simulation.observations import Mailed
from sandbox.stack import API_KEY, WEBHOOK_PATH, WEBHOOK_SECRET, Sandbox

HEADERS: Final = {"from", "to", "subject", "auto-submitted", "mime-version", "content-type"}
"""The headers of every mail, and no others."""

DECIMALS: Final = {"eur": 2, "jpy": 0, "kwd": 3}
"""As ISO 4217 has them: not asked of the application."""

_BIDI: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

FORGERIES: Final = (
    ({"id": "evt_forged"}, "whsec_of_a_stranger"),
    ({"id": "evt_of_another", "account": "acct_another"}, WEBHOOK_SECRET),
    ({"id": "evt_live", "livemode": True}, WEBHOOK_SECRET),
)
"""What makes an event one that must not be taken in, and the secret that it is signed with."""


def forge(sandbox: Sandbox) -> str | None:
    """A stranger's webhooks: each must be a 4xx, and nothing of it stored (E6). What was seen else."""
    for fields, secret in FORGERIES:
        body = json.dumps(_event(sandbox) | fields).encode()
        headers = {"stripe-signature": signature(body, secret, seconds(sandbox.driver.now()))}
        with _compared() as compared:
            status = sandbox.driver.request("POST", WEBHOOK_PATH, body, headers)
        if not compared:
            return "a signature was not compared in constant time"
        stored = {row["event_id"] for row in sandbox.items("EventsTable")}
        if not 400 <= status < 500 or fields["id"] in stored:
            kept = "stored" if fields["id"] in stored else "not stored"
            return f"{fields['id']} was answered with {status}, and is {kept}"
    return None


@contextmanager
def _compared() -> Iterator[list[bool]]:
    """What the constant-time comparison said, each time that it was asked."""
    answers: list[bool] = []
    original = hmac.compare_digest

    def noting(one: Any, other: Any) -> bool:
        answers.append(original(one, other))
        return answers[-1]

    hmac.compare_digest = noting
    try:
        yield answers
    finally:
        hmac.compare_digest = original


def markup_in(data: bytes) -> str | None:
    """What a customer's name does in a mail but to be text (X3)."""
    message = message_from_bytes(data, policy=policy.default)
    if not isinstance(message, EmailMessage):
        return "no mail at all"
    named = {name.lower() for name in message.keys()}  # noqa: SIM118 - a message's own headers
    if not named <= HEADERS | {"reply-to", "list-unsubscribe", "list-unsubscribe-post"}:
        return f"headers {sorted(named - HEADERS)}"
    if _BIDI.search(str(message["subject"]) + str(message["from"])):
        return "bidi controls in a header"
    html = message.get_body(("html",))
    if html is None:
        return "no HTML"
    return f"{MARKUP} in the HTML" if MARKUP in html.get_content() else _turned(message)


def _turned(message: EmailMessage) -> str | None:
    text = message.get_body(("plain",))
    return "bidi controls in the text" if text is not None and _BIDI.search(text.get_content()) else None


def amount_missing(data: bytes, mail: Mailed) -> str | None:
    """Whether a mail does not say what remains, or was received, in its currency's own decimals (R5)."""
    message = message_from_bytes(data, policy=policy.default)
    text = message.get_body(("plain",)) if isinstance(message, EmailMessage) else None
    state = mail.seen.state if mail.seen is not None else mail.before
    decimals = DECIMALS[state.currency]
    named = state.paid if mail.is_receipt else state.remaining
    amount = f"{Decimal(named).scaleb(-decimals):,.{decimals}f}"
    told = text.get_content() if text is not None else ""
    if re.search(rf"(?<![\d.,]){re.escape(amount)}(?!\d|[.,]\d)", told):
        return None
    return f"{mail.key} does not say {amount} {state.currency}"


def written(sandbox: Sandbox) -> Iterator[tuple[str, str]]:
    """What is written down and should not be (X2)."""
    logs = sandbox.logs.getvalue()
    customers = sandbox.account.objects["customer"].values()
    secrets = (API_KEY, WEBHOOK_SECRET, *(endpoint.secret for endpoint in sandbox.webhooks.endpoints))
    for canary in (*secrets, *(customer["email"] for customer in customers)):
        if canary in logs:
            yield "X2", f"{canary} stands in the log"


def _event(sandbox: Sandbox) -> dict[str, Any]:
    return {
        "object": "event",
        "created": seconds(sandbox.driver.now()),
        "data": {"object": {"object": "invoice", "id": "in_of_a_stranger"}},
        "livemode": False,
        "type": "invoice.paid",
    }
