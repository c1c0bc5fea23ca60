"""What SES does after it took a mail, and moto does not: its events, on the bus, some time later."""

import heapq
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from sandbox.cloud.calls import Call
from sandbox.cloud.translation import REGION

DELIVERED_AFTER: Final = timedelta(seconds=20)

Fate = Callable[[str], tuple[str, ...]]
"""What becomes of a mail to an address: the events after `Send`, in their order."""


@dataclass(frozen=True, slots=True)
class Posted:
    """One mail that SES took: when, with which tags (as SES shows them), for whom, by which function."""

    at: datetime
    message_id: str
    to: str
    tags: dict[str, list[str]]
    function: str
    data: bytes


@dataclass(slots=True)
class PostOffice:
    """Hears each mail that is handed over (`hear` is a `Guard`), and puts SES's events on the bus.

    Only mails with a configuration set are reported on, as in SES."""

    fate: Fate = lambda _: ("Delivery",)
    full_until: datetime | None = None
    """Until when the account's quota is used up, and no mail is taken."""
    posted: list[Posted] = field(default_factory=list)
    _waiting: list[tuple[datetime, int, dict[str, Any]]] = field(default_factory=list)
    _order: Any = field(default_factory=itertools.count)

    def hear(self, call: Call, go: Callable[[], Any]) -> Any:
        if (call.service, call.operation) != ("sesv2", "SendEmail"):
            return go()
        if self.full_until is not None and datetime.now(UTC) < self.full_until:
            told: Any = {"Error": {"Code": "LimitExceededException", "Message": "Daily quota exceeded."}}
            raise ClientError(told, call.operation)
        answer = go()
        self._take(call, answer["MessageId"])
        return answer

    def next_at(self) -> datetime | None:
        return self._waiting[0][0] if self._waiting else None

    def advance(self) -> int:
        """Puts what is due on the bus; returns how many events that were."""
        done = 0
        while self._waiting and self._waiting[0][0] <= datetime.now(UTC):
            entry = heapq.heappop(self._waiting)[2]
            boto3.client("events", region_name=REGION).put_events(Entries=[entry])
            done += 1
        return done

    def drop_waiting(self) -> int:
        """Loses every report under way, for good; returns how many."""
        lost = len(self._waiting)
        self._waiting.clear()
        return lost

    def _take(self, call: Call, message_id: str) -> None:
        params, now = call.params, datetime.now(UTC)
        tags = {tag["Name"]: [tag["Value"]] for tag in params.get("EmailTags", [])}
        named = params.get("ConfigurationSetName")
        to = params["Destination"]["ToAddresses"][0]
        data = params["Content"]["Raw"]["Data"]
        self.posted.append(Posted(now, message_id, to, tags, call.function, data))
        if named:
            tags = {**tags, "ses:configuration-set": [named]}
            for number, kind in enumerate(("Send", *self.fate(to))):
                at = now + DELIVERED_AFTER * number
                mail = {"messageId": message_id, "timestamp": now.isoformat(), "destination": [to]}
                entry = _event(kind, {**mail, "tags": tags}, at)
                heapq.heappush(self._waiting, (at, next(self._order), entry))


def _event(kind: str, mail: dict[str, Any], at: datetime) -> dict[str, Any]:
    body: dict[str, Any] = {"timestamp": at.isoformat()}
    if kind == "Bounce":
        body |= {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": mail["destination"][0]}]}
    detail = {"eventType": kind, "mail": mail, kind.lower(): body}
    return {"Source": "aws.ses", "DetailType": f"Email {kind}", "Detail": json.dumps(detail)}
