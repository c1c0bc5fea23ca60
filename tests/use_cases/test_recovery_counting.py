"""Invoices and mails are counted as the tables' streams tell of them, each once."""

from dataclasses import replace
from datetime import date

import pytest
from dunwell.adapters.codec import dumps
from dunwell.adapters.stream_records import counted_by
from dunwell.domain.customers import MessageKind, MessageRecord, MessageState
from dunwell.domain.recovery import Recovery, Result, tally_of
from dunwell.errors import StaleFactsError
from dunwell.use_cases.races import TRIES_MAX
from dunwell.use_cases.recovery_counting import RecoveryCounting

from sandbox.memory.tallies import MemoryTallies
from tests.build import day, settings
from tests.fakes import FakeSettings, FakeTelling

RECOVERY = Recovery(
    date(2026, 3, 2), 0, "", "even", 7, None, "eur", 4900, "ch_1", "x", Result.OPEN, open=4900
)
MAIL = MessageRecord("in_1:reminder:+3", MessageKind.REMINDER, "in_1", MessageState.SENT, day(3))
DAYS = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture
def counting():
    return RecoveryCounting(MemoryTallies(), FakeSettings(settings()), FakeTelling())


def sums(counting):
    return {section: counts for _, section, counts in counting.tallies.sums(*DAYS)}


def test_a_case_told_twice_is_counted_once(counting):
    """And one told otherwise, otherwise."""
    for _ in range(3):
        counting.run(("invoice#in_1", RECOVERY))
    assert sums(counting)["eur#total"] == {"failed": 1, "failed_amount": 4900, "open": 1, "open_amount": 4900}
    assert counting.telling.counts == {"CountsChanged": 1, ("AmountFailed", "eur"): 4900}
    paid = replace(RECOVERY, result=Result.RECOVERED, open=0, recovered=4900)
    counting.run(("invoice#in_1", paid))
    assert sums(counting)["eur#total"] == {
        "failed": 1,
        "failed_amount": 4900,
        "recovered": 1,
        "recovered_amount": 4900,
    }
    assert counting.telling.counts["AmountRecovered", "eur"] == 4900
    assert counting.telling.counts["InvoicesRecovered"] == 1


def test_a_mail_is_counted_and_taken_back_when_it_was_not_sent_after_all(counting):
    """One that never left is not even kept."""
    counting.run(("mail#cus_1#message#a", replace(MAIL, state=MessageState.SKIPPED)))
    assert counting.tallies.counted == {}
    counting.run(("mail#cus_1#message#a", MAIL))
    assert sums(counting) == {"mails#kind": {"reminder|sent": 1}}
    counting.run(("mail#cus_1#message#a", replace(MAIL, state=MessageState.SKIPPED)))
    assert sums(counting) == {}


def test_who_counts_at_the_same_moment_is_waited_for(counting, monkeypatch):
    """As often as makes sense; then the stream brings it again."""
    replaced, left = counting.tallies.replace, [TRIES_MAX - 1]

    def late(*what):
        if left[0]:
            left[0] -= 1
            raise StaleFactsError(what[0])
        replaced(*what)

    monkeypatch.setattr(counting.tallies, "replace", late)
    counting.run(("invoice#in_1", RECOVERY))
    assert counting.tallies.of("invoice#in_1") == tally_of(RECOVERY)
    left[0] = TRIES_MAX
    with pytest.raises(StaleFactsError):
        counting.run(("invoice#in_2", RECOVERY))


def test_what_a_stream_tells_is_counted_under_a_key_of_its_own():
    """Facts with a recovery, and mails; other rows are passed over."""

    def told(**image):
        return counted_by({"dynamodb": {"NewImage": {name: {"S": text} for name, text in image.items()}}})

    assert told(invoice_id="in_1", part="facts", recovery=dumps(RECOVERY), body="{}") == (
        "invoice#in_1",
        RECOVERY,
    )
    mail = told(customer_id="cus_1", part="message#in_1:reminder:+3", body=dumps(MAIL))
    assert mail == ("mail#cus_1#message#in_1:reminder:+3", MAIL)
    assert told(invoice_id="in_1", part="published#00000001", body="{}") is None
    assert told(customer_id="cus_1", part="message#gone") is None
    assert counted_by({"dynamodb": {}}) is None
