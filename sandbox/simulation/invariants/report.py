"""What the report's sums say: what a recount of everything says (N4)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from dunwell.domain.customers import MessageRecord, MessageState
from dunwell.records import Facts

Sums = Iterable[tuple[date, str, Mapping[str, int]]]


def miscounted(facts: Iterable[Facts], records: Iterable[MessageRecord], sums: Sums) -> Iterator[str]:
    """A number of the sums that is not what is counted anew from every invoice and every mail."""
    told: dict[str, Counter[str]] = {}
    for _, section, counts in sums:
        told.setdefault(section, Counter()).update(counts)
    anew: dict[str, Counter[str]] = {}
    for one in facts:
        if one.case is not None and one.case.counts:
            case, into = one.case, anew.setdefault(f"{one.case.currency}#total", Counter())
            into.update({"failed": 1, case.result.value: 1, "failed_amount": case.amount})
            into.update(recovered_amount=case.recovered, open_amount=case.open)
            into.update(given_up_amount=case.given_up)
            into["credited_amount"] += case.amount - case.recovered - case.open - case.given_up
    for record in records:
        if record.state is MessageState.SENT:
            mails = anew.setdefault("mails#kind", Counter())
            mails[f"{record.kind}|sent"] += 1
            if record.feedback is not None and record.feedback.value != "sent":
                mails[f"{record.kind}|{record.feedback}"] += 1
    for section in {*anew, *(name for name in told if name.endswith("#total") or name == "mails#kind")}:
        said, right = +told.get(section, Counter()), +anew.get(section, Counter())
        if said != right:
            yield f"{section}: the sums say {dict(said)}, a recount {dict(right)}"
