"""`dunwell preview`: what is added, dropped or moved, as a table, as JSON and as a page."""

import json
from datetime import timedelta

import pytest
from dunwell.domain.money import Money

from sandbox.owner.preview import Entry, compared, crowds, sums
from tests.build import day


def entry(what, at, deed="charge", invoice_id="in_1", amount=4900):
    return Entry(at, deed, "cus_1", invoice_id, what, Money(amount, "eur"))


def test_what_is_added_dropped_and_moved():
    """The same attempt at another time moved; by less than a minute it did not."""
    before = [entry("attempt 1", day(1)), entry("attempt 2", day(3)), entry("reminder:+3", day(4), "mail")]
    after = [
        entry("attempt 1", day(1) + timedelta(seconds=50)),
        entry("attempt 2", day(5)),
        entry("attempt 3", day(7)),
    ]
    found = compared(before, after)
    assert [(old.at, new.at) for old, new in found.moved] == [(day(3), day(5))]
    assert [one.what for one in found.added] == ["attempt 3"]
    assert [one.what for one in found.dropped] == ["reminder:+3"]
    assert found.share == 3 / 4
    assert compared(before, before).share == 0
    assert compared([], []).share == 0


def test_a_mail_of_a_kind_is_compared_with_the_next_of_that_kind():
    """Whichever attempt it tells of: three attempts in place of two drop no mail and add one."""
    before = [entry(f"payment_failed:dunwell-00{n}", day(n), "mail") for n in (1, 2)]
    after = [entry(f"payment_failed:dunwell-00{n}", day(at), "mail") for n, at in ((1, 1), (3, 2), (4, 6))]
    found = compared(before, after)
    assert (len(found.added), found.dropped, found.moved) == (1, [], [])
    offsets = compared([entry("reminder:+3", day(4), "mail")], [entry("reminder:+7", day(4), "mail")])
    assert (len(offsets.added), len(offsets.dropped)) == (1, 1)


def test_more_charges_than_the_circuit_breaker_admits_are_told():
    """By the clock hour; as many as it admits are none too many."""
    hour = day(1).replace(minute=0)
    crowd = [entry("attempt 1", hour + timedelta(minutes=n), invoice_id=f"in_{n}") for n in range(3)]
    late = [entry("attempt 2", hour + timedelta(hours=1, minutes=n), invoice_id=f"in_{n}") for n in range(4)]
    found = compared([], [*crowd, *late, entry("reminder:+3", hour, "mail")])
    assert crowds(found) is None
    found.attempts_per_hour = 3
    assert found.crowded == (1, hour + timedelta(hours=1), 4)
    found.attempts_per_hour = 2
    assert found.crowded == (2, hour + timedelta(hours=1), 4)
    assert "2 clock hours" in crowds(found)
    assert "from 2026-03-03 10:00 UTC with 4 charges" in crowds(found)


def test_an_amount_is_counted_once_for_an_invoice():
    """It is not collected twice; each currency has its own sum."""
    yen = Entry(day(1), "charge", "cus_1", "in_9", "attempt 1", Money(500, "jpy"))
    two = [
        entry("attempt 1", day(1)),
        entry("attempt 2", day(2)),
        entry("attempt 1", day(1), invoice_id="in_2"),
        yen,
    ]
    assert sums(two) == "98.00 EUR, 500 JPY"


@pytest.fixture
def fewer(tmp_path):
    path = tmp_path / "fewer.yaml"
    path.write_text(
        "active_since: 2000-01-01T00:00:00+00:00\nretry: {kind: even, retries: 2, window_days: 4}\n",
        encoding="utf-8",
    )
    return path


def test_a_file_is_previewed_over_the_whole_book(run, fewer, tmp_path):
    """As a table, by customer, as JSON, and as a page that loads nothing."""
    code, told = run("preview", str(fewer), "--customers", "--html", str(tmp_path))
    assert code == 0
    assert "The next 30 days, if every payment failed" in told
    assert "charges" in told
    assert "of what would be done is done otherwise" in told
    page = (tmp_path / "preview.html").read_text(encoding="utf-8")
    assert "What fewer.yaml would change in 30 days" in page
    assert '<svg viewBox="0 0 960 150" role="img"' in page
    assert "src=" not in page
    told = json.loads(run("preview", str(fewer), "--json", "--days", "10")[1])
    assert set(told) == {"share", "before", "after", "added", "dropped", "moved"}
    assert len(told["before"]) > len(told["after"])


def test_what_changes_much_is_applied_when_one_is_sure(run, fewer):
    """It says how much, and how to look at it."""
    code, told = run("settings", "apply", str(fewer))
    assert code == 1
    assert "of what would be done in 30 days is done otherwise" in told
    assert "then do it with --yes" in told
    code, told = run("settings", "apply", str(fewer), "--yes")
    assert (code, "applies; the whole book is decided again" in told) == (0, True)
    code, told = run("settings", "rollback", "1")
    assert code == 1
    assert "is done otherwise with version 1" in told
    code, told = run("settings", "rollback", "1", "--yes", "--on-version", "1")
    assert (code, "version 2 was applied" in told) == (1, True)
    assert run("settings", "rollback", "1", "--yes")[0] == 0
