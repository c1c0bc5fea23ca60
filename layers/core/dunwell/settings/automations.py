"""What an automation may ask for, and what it may set otherwise."""

from collections.abc import Mapping
from typing import Final

from dunwell.domain.invoices import CollectionMethod
from dunwell.settings.fields import BRANDING, IS_CURRENCY, IS_SAID, MESSAGES, PAST_DUE, RETRY, TOLERANCE
from dunwell.settings.kinds import (
    Choice,
    Field,
    Flag,
    Instant,
    Keyed,
    Kind,
    Listed,
    Table,
    Text,
    Whole,
    matches,
)

_WORD: Final = Text("a word", 200, IS_SAID)
_COUNT: Final = Whole(0, 1_000)
_AMOUNTS: Final = Keyed(
    Whole(0, 10**12, "minor units (like cents)"), "three lower-case letters, like eur", IS_CURRENCY
)
_METADATA: Final = Keyed(Listed(Text("text", 500), 50), "a key of your metadata", matches(r".{1,40}"))


def _some(word: Kind) -> Listed:
    return Listed(word, 50)


_ASKED: Final[Mapping[str, tuple[Kind, str]]] = {
    "amount_at_least": (_AMOUNTS, "what is due, by currency in minor units: this or more"),
    "amount_below": (_AMOUNTS, "what is due, by currency in minor units: less than this"),
    "currency": (_some(Text("three lower-case letters, like eur", 3, IS_CURRENCY)), "one of these"),
    "collection_method": (_some(Choice(tuple(map(str, CollectionMethod)))), "one of these"),
    "billing_reason": (_some(_WORD), "one of Stripe's, like subscription_cycle or manual"),
    "product": (_some(_WORD), "a line bills one of these, like prod_..."),
    "invoice_metadata": (_METADATA, "each key has one of its values"),
    "country": (
        _some(Text("two capital letters, like DE", 2, matches(r"[A-Z]{2}"))),
        "the customer's address is in one of these",
    ),
    "language": (
        _some(Text("two letters, like de", 3, matches(r"[a-z]{2,3}"))),
        "the customer prefers one of these",
    ),
    "customer_metadata": (_METADATA, "each key has one of its values"),
    "customer_days_at_least": (
        Whole(0, 36_500, "a number of days"),
        "a customer for so long, or longer",
    ),
    "customer_days_below": (Whole(1, 36_500, "a number of days"), "a customer for a shorter time"),
    "decline_code": (
        _some(_WORD),
        "the last attempt failed with one of these, like insufficient_funds",
    ),
    "payments_failed_at_least": (_COUNT, "so many payments on other invoices failed before"),
    "payments_succeeded_at_least": (_COUNT, "so many payments on other invoices succeeded before"),
}

WHEN: Final = Table({name: Field(kind, says) for name, (kind, says) in _ASKED.items()})

OF_THE_CUSTOMER: Final = frozenset({"send_from_hour", "send_until_hour", "business_days", "statements"})
"""Fields of `messages` that concern a customer's mails together: no automation changes them."""

OVERRIDES: Final = Table(
    {
        "retry": Field(RETRY, "how these are retried"),
        "messages": Field(
            Table({name: told for name, told in MESSAGES.fields.items() if name not in OF_THE_CUSTOMER}),
            "which mails are sent about these",
        ),
        "past_due": Field(PAST_DUE, "what becomes of these when they stay unpaid"),
        "tolerance": Field(TOLERANCE, "the shortfall to credit on these"),
        "branding": Field(BRANDING, "who writes about these, and where answers go"),
        "active_since": Field(Instant(), "these are collected from then on: a way to begin with some"),
        "adopt_open_invoices": Field(Flag(), "these too, where they were open before"),
    }
)

AUTOMATIONS_MAX: Final = 50

AUTOMATION: Final = Table(
    {
        "name": Field(Text("a name", 80, IS_SAID), "what decisions cite"),
        "when": Field(WHEN, "what an invoice must be like; all of it must hold, of a list one value"),
        "settings": Field(OVERRIDES, "what is otherwise for these; the rest is as for all"),
    },
    needed=frozenset({"name", "when", "settings"}),
)
