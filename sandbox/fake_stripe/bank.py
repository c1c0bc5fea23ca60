"""What banks answer. A world gives each payment method its behaviour; the fake Stripe asks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol


class Answer(StrEnum):
    APPROVED = "approved"
    DECLINED = "declined"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """One answer. A pending one (a bank debit) becomes `later` after `settles_after`."""

    answer: Answer
    decline_code: str | None = None
    advice_code: str | None = None
    network_decline_code: str | None = None
    network_advice_code: str | None = None
    settles_after: timedelta | None = None
    later: "BankAnswer | None" = None


APPROVED = BankAnswer(Answer.APPROVED)


def declined(
    decline_code: str, *, network_decline_code: str | None = None, network_advice_code: str | None = None
) -> BankAnswer:
    return BankAnswer(
        Answer.DECLINED,
        decline_code,
        network_decline_code=network_decline_code,
        network_advice_code=network_advice_code,
    )


def pending(settles_after: timedelta, later: BankAnswer = APPROVED) -> BankAnswer:
    return BankAnswer(Answer.PENDING, settles_after=settles_after, later=later)


class Bank(Protocol):
    def answer(self, method: dict[str, Any], amount: int, at: datetime) -> BankAnswer:
        """What the bank behind a payment method says to `amount` minor units at an instant."""
        ...


class ScriptedBank:
    """Answers in order per payment method; the last one repeats. A method without a script approves."""

    def __init__(self) -> None:
        self._scripts: dict[str, list[BankAnswer]] = {}

    def script(self, method_id: str, *answers: BankAnswer) -> None:
        self._scripts[method_id] = list(answers)

    def answer(self, method: dict[str, Any], amount: int, at: datetime) -> BankAnswer:
        script = self._scripts.get(method["id"], [APPROVED])
        return script.pop(0) if len(script) > 1 else script[0]
