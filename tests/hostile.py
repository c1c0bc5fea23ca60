"""Strategies for input that means harm, or that nobody thought of: text, JSON, and mutated samples."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Every character with Unicode's property Bidi_Control."""

PIECES = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</td></table>", "<!--", "&lt;b&gt;",
    "]]>", "<a href='javascript:alert(1)'>", "' style='x", "{{ 7 * 7 }}", "{% include 'x' %}", "{# x #}",
    "\r\nBcc: all@example.com", "\n", "\r", "\x00", "\x0b\x1c", "\x85", "\u2028", "\u2029", "\ufeff",
    *BIDI, "\ud800", "\udfff", "\U0001f600", "\u0301\u0301", "A" * 300, "${jndi:ldap://x}", "%s%n",
    "=?utf-8?q?=E2=80=AEgnp=0D=0ABcc:_x?=", "=?utf-8?b?PGI+DQpCY2M6IHg=?=", "=?", "?=", ", ", '"', "\\", ":",
]  # fmt: skip

any_text = st.text(st.characters(exclude_categories=()), max_size=20)
"""Any code points at all, lone surrogates included."""

hostile_text = st.lists(st.sampled_from(PIECES) | any_text, max_size=4).map("".join)

huge_text = st.sampled_from(["x", "\u202e", "\ud800"]).map(lambda character: character * 100_000)

numbers = (
    st.integers()
    | st.sampled_from([0, -1, 2**31, 2**63, 253_402_300_799, 253_402_300_800, 10**40, -(10**400)])
    | st.floats()
)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | hostile_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile_text, inner, max_size=4),
    max_leaves=12,
)

endless_json = st.builds(
    lambda pair, times: pair[0] * times + pair[1] * times,
    st.sampled_from([("[", ""), ('{"a":', ""), ("[", "]"), ("9", ""), ("-0.0", "1")]),
    st.sampled_from([400, 900, 5_000, 100_000]),
)
odd_json = endless_json | st.sampled_from(
    [
        "1e999999999", "-1E400", "0." + "1" * 400, "NaN", "-Infinity", "01", "+1",
        '{"a": 1, "a": {"b": 2}, "a": null}', '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\t"', "'a'", "",
        " ", "{", "]", "nul", "// x", '{"a": 1,}', "\ufeff{}", '{"\\u202e": "\\r\\n"}',
    ]
)  # fmt: skip
"""JSON as nobody writes it, and text that is almost JSON."""

json_texts = json_values.map(json.dumps) | odd_json | hostile_text


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every place within a JSON value, the value itself left out."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*here, key)
        yield from paths(item, (*here, key))


GONE = object()
"""In the place of a value: nothing at all."""


def changed(template: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy of the template in which one place holds `value`, or is gone."""
    subject = copy.deepcopy(template)
    holder = subject
    for key in place[:-1]:
        holder = holder[key]
    if value is GONE:
        del holder[place[-1]]
    else:
        holder[place[-1]] = copy.deepcopy(value)
    return subject


@st.composite
def mutated(draw: st.DrawFn, template: Any, values: st.SearchStrategy[Any] = json_values) -> Any:
    """The template with up to four of its places gone, or holding something else."""
    subject = template
    for _ in range(draw(st.integers(0, 4))):
        places = list(paths(subject))
        if places:
            subject = changed(subject, draw(st.sampled_from(places)), draw(st.just(GONE) | values))
    return subject
