"""Every section of the settings: what its fields may hold, what they say, and what holds without them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dunwell.domain import limits
from dunwell.domain.invoices import CollectionMethod
from dunwell.domain.policies import (
    INVOICE_IN_LINK,
    LANGUAGES,
    PAGE_LINK,
    PROCESSOR_LINK,
    PastDueAction,
    RetryKind,
    Settings,
)
from dunwell.messages.colours import is_colour
from dunwell.settings.kinds import (
    Choice,
    Field,
    Flag,
    Keyed,
    Kind,
    Listed,
    Path,
    Problem,
    Schema,
    Table,
    Text,
    Whole,
    matches,
)

TOLERANCE_MAX: Final = 10_000
"""Largest shortfall, in minor units, that settings may credit; beyond it is surely a slip."""

ADDRESS_MAX: Final = 300
"""Characters of the legal address at a mail's foot."""

ICON_MAX: Final = 8_000
"""Characters of the icon: pages carry it along."""

IS_CURRENCY: Final = matches(r"[a-z]{3}")
_IS_ICON: Final = matches(r"data:image/(?:png|svg\+xml|webp|jpeg|gif);base64,[A-Za-z0-9+/]+={0,2}")
_IS_MAIL: Final = matches(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
IS_SAID: Final = matches(r".*\S.*")
IS_WEB: Final = matches(r"https://[!-~]{1,1000}")

_DEFAULT: Final = Settings()


@dataclass(frozen=True, slots=True)
class _OwnTexts:
    """Texts by language and key, as `dunwell.messages.texts` knows them."""

    right: str = "a table from a language to a table from a text's key to its words"

    def problems(self, told: Any, path: Path) -> Iterator[Problem]:
        shape = list(Keyed(Keyed(_ANY_TEXT, "a text's key", bool), "a language", bool).problems(told, path))
        if shape or not told:
            yield from shape
            return
        from dunwell.messages.texts import problems  # noqa: PLC0415 - loads Babel, for the few with own texts

        yield from (Problem((*path, *where), text) for where, text in problems(told))

    def schema(self) -> Schema:
        words = {"type": "object", "additionalProperties": {"type": "string"}}
        return {
            "type": "object",
            "properties": dict.fromkeys(LANGUAGES, words),
            "additionalProperties": False,
        }


_ANY_TEXT: Final = Text("words", longest=100_000)


def _link(told: str) -> bool:
    return told in (PAGE_LINK, PROCESSOR_LINK) or (INVOICE_IN_LINK in told and IS_WEB(told))


def _custom_days(retry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if retry["kind"] == RetryKind.CUSTOM and not retry["days_after_previous"]:
        text = (
            f"a custom rule needs its days; write 1 to {limits.RETRIES_MAX} numbers of days, like [3, 5, 7]"
        )
        yield "days_after_previous", text


def _hours(messages: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    begins, ends = messages["send_from_hour"], messages["send_until_hour"]
    if begins >= ends:
        text = f"{begins} to {ends} o'clock leaves no hour; write an hour before send_until_hour"
        yield "send_from_hour", text


def _each_once(messages: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    offsets = messages["reminder_offsets_days"]
    if len(set(offsets)) < len(offsets):
        yield "reminder_offsets_days", "a day stands there twice; write each once"


def _of(section: Any, name: str) -> Any:
    """A default as the document would say it."""
    value = getattr(section, name)
    if isinstance(value, tuple):
        return list(value)
    return sorted(value) if isinstance(value, frozenset) else value


def fields_of(section: Any, told: Mapping[str, tuple[Kind, str]]) -> dict[str, Field]:
    return {name: Field(kind, says, _of(section, name)) for name, (kind, says) in told.items()}


_DAYS: Final = Whole(1, limits.RETRY_WINDOW_DAYS_MAX, "a number of days")
_OFFSET: Final = Whole(-limits.REMINDER_OFFSET_DAYS_MAX, limits.REMINDER_OFFSET_DAYS_MAX, "a number of days")

RETRY: Final = Table(
    fields_of(
        _DEFAULT.retry,
        {
            "kind": (
                Choice(tuple(map(str, RetryKind))),
                "smart: at times that were learnt; even: spread over the window; custom: by your days; off",
            ),
            "retries": (
                Whole(1, limits.RETRIES_MAX),
                "how many retries, of smart and even",
            ),
            "window_days": (_DAYS, "within how many days of the first failure, of smart and even"),
            "days_after_previous": (
                Listed(_DAYS, limits.RETRIES_MAX),
                "of a custom rule: days after the attempt before, one number for each retry",
            ),
            "holdout_percent": (
                Whole(0, limits.HOLDOUT_PERCENT_MAX, "a percentage"),
                "the share of customers who get the even schedule, so that smart can be compared with it",
            ),
        },
    ),
    (_custom_days,),
)

MESSAGES: Final = Table(
    fields_of(
        _DEFAULT.messages,
        {
            "invoice_finalized": (Flag(), "a mail with each new invoice that the customer pays"),
            "payment_failed": (Flag(), "a mail after each failed payment, with the date of the next attempt"),
            "payment_action_required": (Flag(), "a mail when the bank asks the customer to confirm"),
            "payment_received": (Flag(), "a receipt for what a mail had asked for"),
            "card_expiring": (Flag(), "a mail about a card in its last thirty days"),
            "promises": (Flag(), "mails about promises: taken down, and not kept"),
            "statements": (Flag(), "what asks to pay several invoices at once is one mail"),
            "reminders": (Flag(), "reminders around the due date"),
            "reminder_offsets_days": (
                Listed(_OFFSET, limits.REMINDERS_MAX),
                "when reminders are sent, in days from the due date; before it they are negative",
            ),
            "reminder_collection_methods": (
                Listed(Choice(tuple(map(str, CollectionMethod))), 2),
                "which invoices are reminded of",
            ),
            "send_from_hour": (Whole(0, 23, "an hour"), "from when on mails leave, customer's time"),
            "send_until_hour": (Whole(1, 24, "an hour"), "until when mails leave, customer's time"),
            "grace_days": (
                Whole(0, 14, "a number of days"),
                "a mail that could not leave within so many days after its day is not sent",
            ),
            "business_days": (Flag(), "no mail on weekends and public holidays of the customer's"),
            "link": (
                Text(
                    f"{PAGE_LINK}, {PROCESSOR_LINK}, or an address like "
                    f"https://pay.example.com/{INVOICE_IN_LINK}",
                    1_100,
                    _link,
                ),
                "where mails lead: Dunwell's page, the processor's, or an address of your own",
            ),
            "texts": (_OwnTexts(), "your own words, by language and by text; docs/mails.md says which"),
        },
    ),
    (_hours, _each_once),
)

PAST_DUE: Final = Table(
    fields_of(
        _DEFAULT.past_due,
        {
            "action": (Choice(tuple(map(str, PastDueAction))), "what becomes of an invoice that nobody pays"),
            "after_days": (
                Whole(1, limits.PAST_DUE_DAYS_MAX, "a number of days"),
                "how many days past due; 30, 60 or 90",
            ),
        },
    )
)

TOLERANCE: Final = Keyed(
    Whole(0, TOLERANCE_MAX, "minor units (like cents)"), "three lower-case letters, like eur", IS_CURRENCY
)

BRANDING: Final = Table(
    fields_of(
        _DEFAULT.branding,
        {
            "name": (Text("your name", 200, IS_SAID), "who signs mails and pages"),
            "reply_to": (
                Text("a bare address like desk@example.com, or null", 320, _IS_MAIL, or_null=True),
                "where answers go",
            ),
            "language": (Choice(LANGUAGES), "for customers who prefer none of the languages"),
            "accent": (Text("a colour like #1f4fd8", 7, is_colour), "the colour of buttons"),
            "logo_url": (
                Text("the address of an image, https://..., or null", 1_100, IS_WEB, or_null=True),
                "an image at the top of mails",
            ),
            "icon": (
                Text("an image, data:image/png;base64,..., or null", ICON_MAX, _IS_ICON, or_null=True),
                "a small image on pages, which load nothing",
            ),
            "address": (Text("your legal address", ADDRESS_MAX), "at the foot of mails and pages"),
        },
    )
)

STOP: Final = Table(
    fields_of(
        _DEFAULT.stop,
        {
            "charging": (Flag(), "nothing is charged any more, within five seconds"),
            "mail": (Flag(), "nothing is mailed any more, within five seconds"),
        },
    )
)
