"""`dunwell settings check` tells what is right and still surely a slip."""

from pathlib import Path

import pytest
from dunwell.domain.declines import DECLINE_CODES

from sandbox.cli import main
from sandbox.owner.settings_file import read_file, settings_of
from sandbox.owner.slips import OTHER_DECLINE_CODES, slips_in

SLIPS = [
    (f"{text}\n", said)
    for block in Path(__file__).with_name("slips.txt").read_text("utf-8").strip().split("\n\n")
    for text, said in [block.rsplit("\n=> ", 1)]
]
"""Files that can be used, with a slip each, and what their writers are told."""

FINE = """\
automations:
  - name: german
    when: {country: [DE], language: [de], currency: [eur], decline_code: [do_not_honor, incorrect_cvc]}
    settings: {retry: {retries: 4}}
  - name: wider
    when: {country: [DE, FR], decline_code: [do_not_honor]}
    settings: {retry: {retries: 3}}
  - name: other amounts
    when: {country: [NL], decline_code: [do_not_honor], amount_at_least: {usd: 10}}
    settings: {retry: {retries: 2}, past_due: {action: mark_uncollectible, after_days: 30}}
  - name: older
    when:
      customer_days_at_least: 30
      customer_days_below: 60
      amount_at_least: {eur: 1}
      amount_below: {eur: 2}
    settings: {retry: {kind: custom, days_after_previous: [1]}, messages: {reminder_offsets_days: [60]}}
"""


INHERITED = """\
retry: {kind: custom, days_after_previous: [3], retries: 4, window_days: 10}
past_due: {after_days: 30}
messages: {reminders: false, reminder_offsets_days: [1, 20]}
automations:
  - name: shield
    when: {customer_metadata: {tier: [vip]}, currency: []}
    settings: {}
  - name: even
    when: {currency: [eur]}
    settings: {retry: {kind: even}}
  - name: reminded
    when: {currency: [], amount_at_least: {}, country: [DE]}
    settings: {messages: {reminders: true}, past_due: {action: mark_uncollectible}}
"""
"""What all inherit, and some use; one that keeps others from the next; conditions that ask nothing."""


def told(tmp_path, text):
    path = tmp_path / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    file = read_file(path)
    settings_of(file)
    return [file.told(slip).removeprefix(f"{path}, ") for slip in slips_in(file.plain)]


@pytest.mark.parametrize(("text", "said"), SLIPS, ids=range(len(SLIPS)))
def test_a_slip_is_told_with_its_line(tmp_path, text, said):
    """It and nothing else."""
    assert told(tmp_path, text) == [said]


@pytest.mark.parametrize("text", ["", FINE, INHERITED, Path("docs/settings.example.yaml").read_text("utf-8")])
def test_what_may_well_be_meant_is_no_slip(tmp_path, text):
    """A code that nobody knows yet and that resembles none; automations of which each can match."""
    assert told(tmp_path, text) == []


def test_the_codes_that_are_known_stand_in_one_list_each():
    """Those that end retries where the decisions read them, the others here."""
    assert not set(OTHER_DECLINE_CODES) & set(DECLINE_CODES)
    assert len(OTHER_DECLINE_CODES) == len(set(OTHER_DECLINE_CODES))


def test_check_tells_slips_in_the_order_of_the_lines(tmp_path, capsys):
    """And that the file can be used all the same."""
    path = tmp_path / "settings.yaml"
    path.write_text("tolerance: {eru: 3}\nretry: {kind: off, retries: 3}\n", encoding="utf-8")
    assert main(["settings", "check", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{path} is right: it only observes")
    assert [line.split(": ")[0] for line in lines[1:]] == [
        f"a slip? {path}, line 1",
        f"a slip? {path}, line 2",
    ]
