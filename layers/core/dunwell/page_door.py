"""The hosted invoice page's door: requests of the HTTP API (payload format 2.0) in, pages out."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from dunwell.domain.offers import Choice
from dunwell.errors import ProcessorUnavailableError
from dunwell.messages.page import LATER, MISSING, UNSUBSCRIBED, UNSUBSCRIBING, Page, PageComposer
from dunwell.ports import SettingsStore
from dunwell.records import PageView
from dunwell.use_cases.hosted_invoice import HostedInvoice

FIELDS_MAX: Final = 8
"""Fields of a form that are read; ours have two."""

BODY_MAX: Final = 20_000
"""Characters of a form that are read; a note in any script fits."""

LOCALES_MAX: Final = 20
"""Languages of a browser that are looked at."""

_HEADERS: Final = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
}

_ONLY_OURSELVES: Final = "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PageDoor:
    """Answers GET with the page and changes nothing; POST takes a choice down and leads back to the page."""

    hosted: HostedInvoice
    composer: PageComposer
    settings: SettingsStore

    def answer(self, event: Mapping[str, Any]) -> Answer:
        """What the HTTP API is to send back; no request is an error of the function."""
        path = event.get("pathParameters") or {}
        token, choice = str(path.get("token") or ""), str(path.get("choice"))
        if str(event.get("rawPath")).endswith(f"/{Choice.UNSUBSCRIBE}"):
            return self._unsubscribing(token, event)
        try:
            if _method(event) == "POST":
                return self._chosen(token, choice, event)
            query = event.get("queryStringParameters") or {}
            return self._shown(token, self.hosted.show(token, query.get("done")), event)
        except ProcessorUnavailableError:
            return _answer(503, self._notice(LATER, _accepted(event)), {"retry-after": "60"})

    def _chosen(self, token: str, choice: str, event: Mapping[str, Any]) -> Answer:
        view = self.hosted.choose(token, choice, _form(event))
        if view is None or view.refused is not None:
            return self._shown(token, view, event)
        location = f"/i/{token}?done={view.done}"
        return {"statusCode": 303, "headers": {**_HEADERS, "location": location}, "body": ""}

    def _unsubscribing(self, token: str, event: Mapping[str, Any]) -> Answer:
        """GET asks once more. POST answers at once: mail programs unsubscribe with one click, and follow
        nothing (RFC 8058)."""
        asked = _method(event) != "POST"
        facts = self.hosted.stored(token) if asked else self.hosted.unsubscribe(token)
        if facts is None:
            return self._shown(token, None, event)
        chosen = facts.invoice.word.locale
        preferred = [*([chosen] if chosen else ()), *facts.customer.preferred_locales, *_accepted(event)]
        return _answer(200, self._notice(UNSUBSCRIBING if asked else UNSUBSCRIBED, preferred))

    def _shown(self, token: str, view: PageView | None, event: Mapping[str, Any]) -> Answer:
        if view is None:
            return _answer(404, self._notice(MISSING, _accepted(event)))
        return _answer(422 if view.refused else 200, self.composer.page(view, token))

    def _notice(self, told: tuple[str, ...], preferred_locales: Sequence[str]) -> Page:
        return self.composer.notice(told, preferred_locales, self.settings.current())


def _answer(status: int, page: Page, more: Mapping[str, str] | None = None) -> Answer:
    policy = f"default-src 'none'; style-src '{page.style_source}'; {_ONLY_OURSELVES}"
    headers = {**_HEADERS, "content-security-policy": policy, **(more or {})}
    return {"statusCode": status, "headers": headers, "body": page.html}


def _method(event: Mapping[str, Any]) -> str:
    return str(((event.get("requestContext") or {}).get("http") or {}).get("method"))


def _accepted(event: Mapping[str, Any]) -> list[str]:
    """The languages that a browser accepts, the first ones first."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    told = str(headers.get("accept-language") or "")
    return [part.split(";")[0].strip() for part in told.split(",")[:LOCALES_MAX]]


def _form(event: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a form, the first value of each; none where it is no form of ours."""
    body = str(event.get("body") or "")
    try:
        told = base64.b64decode(body, validate=True).decode() if event.get("isBase64Encoded") else body
        fields = parse_qs(told[:BODY_MAX], max_num_fields=FIELDS_MAX)
    except ValueError:  # not base64, not UTF-8, or more fields than anybody sends
        return {}
    return {name: values[0] for name, values in fields.items()}
