"""What mails and pages say, by language: `texts/<language>.toml`, with the owner's own texts in front.

A text is a sentence with fillers in braces. It is data: nothing in it is run, and what fills it is escaped by
the template that it stands in.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Final

from babel.core import negotiate_locale

from dunwell.domain.policies import LANGUAGES

EVERYWHERE: Final = frozenset({"amount", "due_date", "number", "sender"})
"""Fillers that any text about an invoice may use; beside them those that Dunwell's own text uses."""

WITHOUT_AN_INVOICE: Final = frozenset(
    {
        "mail.unsubscribe",
        "page.missing.body",
        "page.missing.title",
        "page.problem.later",
        "page.problem.title",
        "page.unsubscribe.button",
        "page.unsubscribe.done",
        "page.unsubscribe.note",
    }
)
"""Texts that also stand where no invoice is known, and may use the sender alone."""

_ABOUT_SEVERAL: Final = frozenset({"statement.body", "statement.subject"})
"""Texts about several invoices, which have no one number or date."""

OWN_TEXT_MAX: Final = 1_000
"""Characters of one text of the owner's."""

OwnTexts = Mapping[str, Mapping[str, str]]
"""By language, then by the text's key, like `payment_failed.will_retry.subject`."""

_UNSEEN: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language, by key."""

    language: str
    said: Mapping[str, str]

    def fill(self, key: str, fillers: Mapping[str, str]) -> str:
        """A text with its fillers, on one line and beginning with a capital.

        Raises `KeyError` for a text or a filler that is not there.
        """
        filled = self.said[key].format_map(fillers)
        return filled[:1].upper() + filled[1:]


def texts_in(language: str, own: OwnTexts) -> Texts:
    """The texts of one of `LANGUAGES`, those of the owner's in place of Dunwell's."""
    return Texts(language, {**_built_in(language), **own.get(language, {})})


def negotiated(preferred_locales: Sequence[str], fallback: str) -> str:
    """The first language of a customer's that has texts, else the owner's own (`fallback`)."""
    preferred = [name.replace("_", "-").lower() for name in preferred_locales]
    return negotiate_locale(preferred, LANGUAGES, sep="-") or fallback


def problems(own: OwnTexts) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with the owner's own texts, where (language, key) and what would be right; nothing when
    they can be used."""
    known = _built_in(LANGUAGES[0])
    for language, texts in own.items():
        if language not in LANGUAGES:
            yield (language,), f"no language of Dunwell's; it has {', '.join(LANGUAGES)}"
            continue
        for key, text in texts.items():
            if key in known:
                yield from (((language, key), wrong) for wrong in _problems_of(key, text, known[key]))
            else:
                near = ", ".join(name for name in known if name.split(".")[0] == key.split(".")[0])
                yield (
                    (language, key),
                    "no such text; "
                    + (f"there are {near}" if near else "texts/en.toml beside Dunwell's code has them all"),
                )


def _problems_of(key: str, text: str, built_in: str) -> Iterator[str]:
    if not text.strip() or len(text) > OWN_TEXT_MAX:
        yield f"1 to {OWN_TEXT_MAX} characters"
    if _UNSEEN.search(text):
        yield "on one line, without control characters"
    try:
        used = _fillers(text)
    except ValueError:
        yield "a brace is not closed; write {{ and }} for a brace that is no filler"
        return
    allowed = _fillers(built_in) | ({"sender"} if key in WITHOUT_AN_INVOICE | _ABOUT_SEVERAL else EVERYWHERE)
    for name in sorted(used - allowed):
        yield f"{{{name}}} cannot be filled in here; it may use {', '.join(sorted(allowed))}"


def _fillers(text: str) -> set[str]:
    """The names in braces, each with all that stands in its braces: `amount.x` is no filler's name."""
    found = set()
    for _, name, spec, conversion in Formatter().parse(text):
        if name is not None:
            found.add(name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else ""))
    return found


@cache
def _built_in(language: str) -> Mapping[str, str]:
    told = files("dunwell.messages").joinpath("texts", f"{language}.toml").read_text(encoding="utf-8")
    return dict(_flat(tomllib.loads(told)))


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield path + key, value
        else:
            yield from _flat(value, f"{path}{key}.")
