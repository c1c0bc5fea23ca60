"""How objects looked in older API versions: a webhook comes in its endpoint's version, not the SDK's."""

from copy import deepcopy
from typing import Any, Final

Json = dict[str, Any]

BASIL: Final = "2025-03-31.basil"
"""From here on an invoice names no PaymentIntent, and a charge no invoice."""

NO_STATUS_BEFORE: Final = "2018-11-08"
"""Before this an invoice had `billing`, `closed` and `date`, and no `status`."""


def rendered(subject: Json, version: str, intent_of: dict[str, str], invoice_of: dict[str, str]) -> Json:
    """An object as `version` showed it. `intent_of` gives an invoice's PaymentIntent, `invoice_of` the
    invoice of a PaymentIntent or charge."""
    if version >= BASIL:
        return subject
    old = deepcopy(subject)
    kind = old.get("object")
    if kind in ("payment_intent", "charge"):
        old["invoice"] = invoice_of.get(old["id"])
    if kind == "invoice":
        _older_invoice(old, version, intent_of)
    return old


def _older_invoice(invoice: Json, version: str, intent_of: dict[str, str]) -> None:
    for newer in ("parent", "amount_overpaid"):
        invoice.pop(newer, None)
    invoice |= {
        "payment_intent": intent_of.get(invoice["id"]),
        "paid": invoice["status"] == "paid",
        "subscription": None,
        "discount": None,
        "tax": None,
    }
    if version < NO_STATUS_BEFORE:
        status = invoice.pop("status")
        invoice |= {
            "billing": invoice.pop("collection_method"),
            "closed": status not in ("open", "draft"),
            "date": invoice.pop("created"),
            "forgiven": status == "uncollectible",
        }
