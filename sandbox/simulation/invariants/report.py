"""What the report's sums say: what a recount of everything says (N4)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from dunwell.domain.customers import MessageRecord, MessageState
from dunwell.domain.recovery import Recovery
from dunwell.records import Facts

RECOUNTED: Final = {"total", "code", "automation", "policy", "number", "kind"}
"""The sections that are counted anew."""

Sums = Iterable[tuple[date, str, Mapping[str, int]]]


def miscounted(facts: Iterable[Facts], records: Iterable[MessageRecord], sums: Sums) -> Iterator[str]:
    """A number of the sums that is not what is counted anew from every invoice and every mail."""
    told: dict[str, Counter[str]] = {}
    for _, section, counts in sums:
        told.setdefault(section, Counter()).update(counts)
    anew: dict[str, Counter[str]] = {}
    for one in facts:
        if one.recovery is not None and one.recovery.counts:
            _count(one.recovery, anew)
    for record in records:
        if record.state is MessageState.SENT:
            mails = anew.setdefault("mails#kind", Counter())
            mails[f"{record.kind}|sent"] += 1
            if record.feedback is not None and record.feedback.value != "sent":
                mails[f"{record.kind}|{record.feedback}"] += 1
    for section in {*anew, *(name for name in told if name.split("#")[1] in RECOUNTED)}:
        said, right = (_plain(of.get(section, Counter())) for of in (told, anew))
        if said != right:
            yield f"{section}: the sums say {said}, a recount {right}"


def _count(recovery: Recovery, into: dict[str, Counter[str]]) -> None:
    rest = recovery.amount - recovery.recovered - recovery.open - recovery.uncollectible
    whole = {"failed": 1, recovery.result.value: 1, "failed_amount": recovery.amount, "credited_amount": rest}
    whole |= {
        "recovered_amount": recovery.recovered,
        "open_amount": recovery.open,
        "uncollectible_amount": recovery.uncollectible,
    }
    names = {
        "total": None,
        "code": recovery.code,
        "automation": recovery.automation,
        "policy": recovery.policy,
    }
    for section, name in names.items():
        counts = whole if name is None else {f"{name}|{what}": n for what, n in whole.items()}
        into.setdefault(f"{recovery.currency}#{section}", Counter()).update(counts)
    for retry in recovery.retries:
        numbers = into.setdefault("retries#number", Counter())
        numbers.update([f"{retry.number}|tried", *([f"{retry.number}|paid"] if retry.paid else [])])


def _plain(counts: Counter[str]) -> dict[str, int]:
    """What is not zero: a sum below it is as wrong as one above."""
    return {name: number for name, number in counts.items() if number}
