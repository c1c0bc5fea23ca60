"""Reasons: the why and the why-not of a decision, kept with it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that was considered: its stable name (`rule`) and one sentence for people (`text`)."""

    rule: str
    text: str
