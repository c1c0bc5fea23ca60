"""The hosted invoice page's door: requests of the HTTP API (payload format 2.0) in, pages out."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from dunwell.domain.offers import Choice
from dunwell.errors import ProcessorUnavailableError
from dunwell.messages.page import LATER, MISSING, Page, PageComposer
from dunwell.ports import SettingsStore
from dunwell.records import PageView
from dunwell.use_cases.hosted_invoice import HostedInvoice

FIELDS_MAX: Final = 8
"""Fields of a form that are read; ours have two."""

BODY_MAX: Final = 20_000
"""Characters of a form that are read; a note in any script fits."""

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
        token, choice = str(path.get("token") or ""), path.get("choice")
        try:
            if _method(event) == "POST":
                return self._chosen(token, str(choice), event)
            query = event.get("queryStringParameters") or {}
            return self._shown(token, self.hosted.show(token, query.get("done")), event)
        except ProcessorUnavailableError:
            page = self.composer.missing(_accepted(event), self.settings.current(), LATER)
            return _answer(503, page, {"retry-after": "60"})

    def _chosen(self, token: str, choice: str, event: Mapping[str, Any]) -> Answer:
        view = self.hosted.choose(token, choice, _form(event))
        if view is None or view.problem is not None or view.done is Choice.UNSUBSCRIBE:
            return self._shown(token, view, event)  # mail programs unsubscribe, and follow nothing (RFC 8058)
        location = f"/i/{token}?done={view.done}"
        return {"statusCode": 303, "headers": {**_HEADERS, "location": location}, "body": ""}

    def _shown(self, token: str, view: PageView | None, event: Mapping[str, Any]) -> Answer:
        if view is None:
            return _answer(404, self.composer.missing(_accepted(event), self.settings.current(), MISSING))
        return _answer(422 if view.problem else 200, self.composer.page(view, token))


def _answer(status: int, page: Page, more: Mapping[str, str] | None = None) -> Answer:
    policy = f"default-src 'none'; style-src '{page.style_source}'; {_ONLY_OURSELVES}"
    headers = {**_HEADERS, "content-security-policy": policy, **(more or {})}
    return {"statusCode": status, "headers": headers, "body": page.html}


def _method(event: Mapping[str, Any]) -> str:
    return str(((event.get("requestContext") or {}).get("http") or {}).get("method"))


def _accepted(event: Mapping[str, Any]) -> str:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return str(headers.get("accept-language") or "")


def _form(event: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a form, the first value of each; none where it is no form of ours."""
    body = str(event.get("body") or "")
    try:
        told = base64.b64decode(body, validate=True).decode() if event.get("isBase64Encoded") else body
        fields = parse_qs(told[:BODY_MAX], max_num_fields=FIELDS_MAX)
    except ValueError:  # not base64, not UTF-8, or more fields than anybody sends
        return {}
    return {name: values[0] for name, values in fields.items()}
