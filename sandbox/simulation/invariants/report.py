"""What the report's sums say: what a recount of everything says (N4)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from dunwell.domain.customers import MessageRecord, MessageState
from dunwell.domain.recovery import Case
from dunwell.records import Facts

RECOUNTED: Final = {"total", "code", "segment", "policy", "number", "kind"}
"""The sections that are counted anew."""

Sums = Iterable[tuple[date, str, Mapping[str, int]]]


def miscounted(facts: Iterable[Facts], records: Iterable[MessageRecord], sums: Sums) -> Iterator[str]:
    """A number of the sums that is not what is counted anew from every invoice and every mail."""
    told: dict[str, Counter[str]] = {}
    for _, section, counts in sums:
        told.setdefault(section, Counter()).update(counts)
    anew: dict[str, Counter[str]] = {}
    for one in facts:
        if one.case is not None and one.case.counts:
            _count(one.case, anew)
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


def _count(case: Case, into: dict[str, Counter[str]]) -> None:
    rest = case.amount - case.recovered - case.open - case.given_up
    whole = {"failed": 1, case.result.value: 1, "failed_amount": case.amount, "credited_amount": rest}
    whole |= {
        "recovered_amount": case.recovered,
        "open_amount": case.open,
        "given_up_amount": case.given_up,
    }
    names = {"total": None, "code": case.code, "segment": case.segment, "policy": case.policy}
    for section, name in names.items():
        counts = whole if name is None else {f"{name}|{what}": n for what, n in whole.items()}
        into.setdefault(f"{case.currency}#{section}", Counter()).update(counts)
    for retry in case.retries:
        numbers = into.setdefault("retries#number", Counter())
        numbers.update([f"{retry.number}|tried", *([f"{retry.number}|paid"] if retry.paid else [])])


def _plain(counts: Counter[str]) -> dict[str, int]:
    """What is not zero: a sum below it is as wrong as one above."""
    return {name: number for name, number in counts.items() if number}
