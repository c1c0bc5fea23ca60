"""What the processor and the mail service see of one moment: states, requests, mails, and payers' words."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dunwell.domain.customers import MessageKind

_NUMBER: Final = re.compile(r".*-attempt-(\d+)")


@dataclass(frozen=True, slots=True)
class State:
    """An invoice as the processor has it; amounts in minor units. `handed` is whether anybody but the payer
    may collect it: its `auto_advance` is on, or its metadata say so, and they do not say otherwise."""

    status: str
    total: int
    paid: int
    remaining: int
    currency: str
    processing: bool
    handed: bool

    @property
    def is_open(self) -> bool:
        return self.status == "open" and not self.processing


@dataclass(frozen=True, slots=True)
class Seen:
    """A state that a task was told, when, and as which happening in the history."""

    state: State
    at: datetime
    order: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that moves money or ends a pursuit. `fresh` when the processor acted on it anew;
    `charge` is the charge that it made, if it made one; `seen` what its task had last read."""

    verb: str
    invoice_id: str
    key: str
    params: str
    at: datetime
    order: int
    before: State
    seen: Seen | None
    fresh: bool
    status: int
    charge: dict[str, Any] | None = None
    amount: int | None = None

    @property
    def number(self) -> int | None:
        """The attempt's number, as its key tells it."""
        found = _NUMBER.fullmatch(self.key)
        return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Mailed:
    """What one mail that the mail service took (the `mail`-th) says of one invoice. `about` is what it says,
    whatever its `key`: its kind, and which reminder or attempt. `before` is the invoice's true state, `seen`
    the task's."""

    key: str
    invoice_id: str
    about: str
    mail: int
    customer_id: str
    to: str
    at: datetime
    before: State
    seen: Seen | None

    @property
    def is_receipt(self) -> bool:
        """Whether it thanks for a payment in place of asking for one."""
        return self.about.startswith(MessageKind.PAYMENT_RECEIVED)

    @property
    def is_counted(self) -> bool:
        """Whether it uses a budget up: receipts and confirmations of the payer's own act do not."""
        return not (self.is_receipt or self.about.startswith(MessageKind.PROMISE_CONFIRMED))


@dataclass(frozen=True, slots=True)
class Said:
    """What a payer chose on an invoice's page, and was told that it was taken down. `until` is when it ends
    to rest everything: a promise's last day, None for a dispute, at once for what only moves an attempt."""

    choice: str
    at: datetime
    order: int
    until: datetime | None


Told = tuple[str, int, int]
"""An invoice's status, what remains and what was paid: as it was read, or is stored."""
