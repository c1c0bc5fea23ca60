"""The operations door: requests of the owner's in, answers out; JSON, whoever invokes it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from dunwell.adapters.codec import to_plain
from dunwell.domain.outlook import Expected
from dunwell.history import SettingsVersion
from dunwell.settings import dotted
from dunwell.use_cases.exceptions import Asker, Exceptions
from dunwell.use_cases.operations import Change, Operations, RefusedError

Answer = dict[str, Any]

WORDS_MAX: Final = 1_000
"""Characters of a reason, or of who gives it."""

CUSTOMERS_MAX: Final = 25
"""Customers of one preview."""

REPORTED: Final = timedelta(days=90)
"""What is reported of where nobody says since when."""

REPORT_DAYS_MAX: Final = 731
"""Days of one report: two years."""

DAYS_MAX: Final = 92
"""Days that a preview looks ahead."""


@dataclass(frozen=True, slots=True)
class OperationsDoor:
    operations: Operations
    exceptions: Callable[[], Exceptions]
    """Made when one is asked for: they alone need the processor."""

    def answer(self, asked: Mapping[str, Any]) -> Answer:
        """What was asked for under its name, or an `error` that says what to do, with the `problems` of a
        document. No request is an error of the function."""
        name = str(asked.get("operation"))
        if name not in _ASKED and name not in _EXCEPTIONS:
            return {"error": f"no such operation; there are {', '.join([*_ASKED, *_EXCEPTIONS])}"}
        try:
            return self._done(name, asked)
        except RefusedError as refused:
            problems = [
                {"path": list(one.path), "where": dotted(one.path), "text": one.text}
                for one in refused.problems
            ]
            return {"error": str(refused), **({"problems": problems} if problems else {})}

    def _done(self, name: str, asked: Mapping[str, Any]) -> Answer:
        if name in _ASKED:
            return _ASKED[name](self.operations, asked)
        _EXCEPTIONS[name](self.exceptions(), asked)
        return {"done": name}


def _show(operations: Operations, asked: Mapping[str, Any]) -> Answer:
    version = asked.get("version")
    return {
        "settings": _told(operations.settings(_number(asked, "version") if version is not None else None))
    }


def _history(operations: Operations, _: Mapping[str, Any]) -> Answer:
    return {"versions": [{**_told(one), "document": None, "text": None} for one in operations.versions()]}


def _apply(operations: Operations, asked: Mapping[str, Any]) -> Answer:
    document, text = asked.get("document"), asked.get("text")
    if not isinstance(document, dict) or not (text is None or isinstance(text, str)):
        raise RefusedError(
            "document: write the settings as an object, and text as the file that they stand in"
        )
    made = operations.apply(document, _body(document), text, _change(asked))
    return {"settings": _told(made)}


def _roll_back(operations: Operations, asked: Mapping[str, Any]) -> Answer:
    number = _number(asked, "version")
    document = json.loads(operations.settings(number).body)
    return {"settings": _told(operations.roll_back(number, document, _change(asked)))}


def _invoice(operations: Operations, asked: Mapping[str, Any]) -> Answer:
    return {"invoice": to_plain(operations.invoice(_word(asked, "invoice_id")))}


def _customer(operations: Operations, asked: Mapping[str, Any]) -> Answer:
    file, invoices, changes = operations.customer(_word(asked, "customer_id"))
    told = {"open_invoices": invoices, "changes": [to_plain(one) for one in changes]}
    return {"customer": {**to_plain(file), **told}}


def _book(operations: Operations, asked: Mapping[str, Any]) -> Answer:
    """A page of a part of the book; without a part, the parts, and what was recovered since a day."""
    if "part" in asked:
        after = asked.get("after")
        lines, following = operations.book_page(_word(asked, "part"), str(after) if after else None)
        return {"lines": [to_plain(line) for line in lines], "after": following}
    since, until = _day(asked, "since"), operations.clock.now().date()
    if since is None or not 0 <= (until - since).days <= DAYS_MAX:
        raise RefusedError(f"since: a day like 2026-04-01, at most {DAYS_MAX} days ago")
    return {"parts": list(operations.agenda.parts()), "recovered": operations.recovered(since, until)}


def _preview_customers(operations: Operations, asked: Mapping[str, Any]) -> Answer:
    """The customers on a page of a part; without a part, the parts."""
    if "part" not in asked:
        return {"parts": list(operations.agenda.parts())}
    after = asked.get("after")
    found, following = operations.preview().customers_on(_word(asked, "part"), str(after) if after else None)
    return {"customers": found, "after": following}


def _preview(operations: Operations, asked: Mapping[str, Any]) -> Answer:
    """What would be done about some customers, with the settings that hold and with a document's."""
    ids, document = asked.get("customers"), asked.get("document")
    if not isinstance(ids, list) or len(ids) > CUSTOMERS_MAX:
        raise RefusedError(f"customers: a list of at most {CUSTOMERS_MAX} ids")
    days = _number(asked, "days")
    if not 1 <= days <= DAYS_MAX:
        raise RefusedError(f"days: a whole number from 1 to {DAYS_MAX}")
    other = document if isinstance(document, dict) else None
    return {"customers": {str(one): _expected(operations.expected(str(one), other, days)) for one in ids}}


def _backtest(operations: Operations, asked: Mapping[str, Any]) -> Answer:
    """A page of a part of a day's failures, told again with a document; without a part, the day's parts, and
    the last day that can be told of."""
    document = asked.get("document")
    if not isinstance(document, dict):
        raise RefusedError("document: write the settings as an object")
    if "part" in asked:
        after = asked.get("after")
        told = operations.retold(document, _word(asked, "part"), str(after) if after else None)
        return {"invoices": [to_plain(one) for one in told[0]], "untold": told[1], "after": told[2]}
    day = _day(asked, "day")
    if day is None:
        raise RefusedError("day: a day like 2026-04-01")
    return {
        "parts": list(operations.payments.parts_of(day)),
        "last_day": operations.last_day_told(document).isoformat(),
    }


def _report(operations: Operations, asked: Mapping[str, Any]) -> Answer:
    until = _day(asked, "until") or operations.today()
    since = _day(asked, "since") or until - REPORTED
    if not 0 <= (until - since).days <= REPORT_DAYS_MAX:
        raise RefusedError(f"since, until: days like 2026-04-01, at most {REPORT_DAYS_MAX} apart")
    return {"since": f"{since}", "until": f"{until}", **to_plain(operations.report(since, until))}


def _expected(found: Mapping[str, Sequence[Expected]]) -> Answer:
    return {name: [to_plain(one) for one in told] for name, told in found.items()}


_ASKED: Final[Mapping[str, Callable[[Operations, Mapping[str, Any]], Answer]]] = {
    "settings.show": _show,
    "settings.history": _history,
    "settings.apply": _apply,
    "settings.roll_back": _roll_back,
    "book": _book,
    "preview.customers": _preview_customers,
    "preview": _preview,
    "backtest": _backtest,
    "report": _report,
    "invoice.show": _invoice,
    "customer.show": _customer,
}


def _pause(exceptions: Exceptions, asked: Mapping[str, Any]) -> None:
    until = _day(asked, "until")
    if until is None:
        raise RefusedError("until: a day like 2026-04-01")
    exceptions.pause(_word(asked, "subject"), until, _asker(asked))


def _schedule(exceptions: Exceptions, asked: Mapping[str, Any]) -> None:
    rule = str(asked.get("rule") or "").strip()
    exceptions.schedule(_word(asked, "subject"), rule, _day(asked, "until"), _asker(asked))


_EXCEPTIONS: Final[Mapping[str, Callable[[Exceptions, Mapping[str, Any]], None]]] = {
    "pause": _pause,
    "resume": lambda exceptions, asked: exceptions.resume(_word(asked, "subject"), _asker(asked)),
    "exempt": lambda exceptions, asked: exceptions.exempt(_word(asked, "subject"), _asker(asked)),
    "include": lambda exceptions, asked: exceptions.include(_word(asked, "subject"), _asker(asked)),
    "schedule": _schedule,
    "answer": lambda exceptions, asked: exceptions.answer(_word(asked, "subject"), _asker(asked)),
    "give_up": lambda exceptions, asked: exceptions.give_up(_word(asked, "subject"), _asker(asked)),
    "send_again": lambda exceptions, asked: exceptions.send_again(_word(asked, "subject"), _asker(asked)),
    "retry_now": lambda exceptions, asked: exceptions.retry_now(_word(asked, "subject"), _asker(asked)),
}


def _asker(asked: Mapping[str, Any]) -> Asker:
    return Asker(_word(asked, "by"), _why(asked))


def _day(asked: Mapping[str, Any], name: str) -> date | None:
    """The day under a name, None where there is none."""
    told = asked.get(name)
    if told is None:
        return None
    try:
        return date.fromisoformat(str(told))
    except ValueError:
        raise RefusedError(f"{name}: {told!r} is no day like 2026-04-01") from None


def _told(version: SettingsVersion) -> Answer:
    return {
        "version": version.version,
        "at": version.at.isoformat() if version.at is not None else None,
        "by": version.by,
        "why": version.why,
        "text": version.text,
        "document": json.loads(version.body),
    }


def _body(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _change(asked: Mapping[str, Any]) -> Change:
    return Change(_word(asked, "by"), _why(asked), _number(asked, "on_version"))


def _why(asked: Mapping[str, Any]) -> str:
    why = asked.get("why") or ""
    if not isinstance(why, str) or len(why) > WORDS_MAX:
        raise RefusedError(f"why: text of at most {WORDS_MAX} characters")
    return why


def _word(asked: Mapping[str, Any], name: str) -> str:
    told = asked.get(name)
    if not isinstance(told, str) or not told.strip() or len(told) > WORDS_MAX:
        raise RefusedError(f"{name}: text of 1 to {WORDS_MAX} characters")
    return told


def _number(asked: Mapping[str, Any], name: str) -> int:
    told = asked.get(name)
    if type(told) is not int or told < 0:
        raise RefusedError(f"{name}: a whole number from 0 on")
    return told
