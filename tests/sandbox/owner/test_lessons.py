"""`dunwell lessons` over the deployed stack: the list, and the way back."""

import json
from datetime import date

import pytest
from dunwell.bootstrap import Application
from dunwell.domain.smart_retries.lessons import LearntLessons, Lessons

from sandbox.cli import main
from sandbox.stack import open_sandbox
from tests.build import DAY_0

REPORT = {
    **{"compared": 40.0, "gain": 2.0, "squares": 1.0, "choices": 10.0, "earned": 0.4, "earned_squares": 0.1},
    **{"weighted": 0.6, "weighted_squares": 0.2},
}


@pytest.fixture
def store():
    """Two promoted versions, the second one the current, and a third that is not."""
    with open_sandbox(DAY_0) as sandbox:
        store = Application(sandbox.functions.environment("RetryLearning")).lessons
        for day, promoted in ((1, True), (2, True), (3, False)):
            lessons = Lessons(f"2026-03-0{day}", causes={"all|-|funds": float(day)})
            store.keep(LearntLessons(lessons, date(2026, 3, day), promoted, REPORT))
        yield store


def test_the_versions_are_listed_and_the_one_that_plans_is_named(store, capsys):
    """The newest first."""
    assert main(["lessons", "--stack", "dunwell", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["planning"] == "2026-03-02"
    assert [one["version"] for one in told["versions"]] == ["2026-03-03", "2026-03-02", "2026-03-01"]
    assert main(["lessons", "--stack", "dunwell"]) == 0
    printed = capsys.readouterr().out
    assert "Plans are made with 2026-03-02" in printed
    assert "+0.0500" in printed
    assert {name: gain["mean"] for name, gain in told["versions"][0]["gains"].items()} == {
        "a prediction": 0.05, "doubly robust": 0.04, "inverse propensity": 0.06, "self-normalised": None,
    }  # fmt: skip
    assert told["versions"][0]["gains"]["doubly robust"]["side"] == pytest.approx(1.96 * 0.0306, abs=1e-3)
    assert told["versions"][0]["gains"]["self-normalised"]["side"] is None


def test_one_command_goes_back(store, capsys):
    """Plans are made with the earlier version from the next reading on."""
    assert main(["lessons", "--stack", "dunwell", "--roll-back", "2026-03-01"]) == 0
    assert "Plans are made with 2026-03-01" in capsys.readouterr().out
    assert store.newest().lessons.version == "2026-03-03"


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["--stack", "dunwell", "--roll-back", "2020-01-01"], "no lessons 2020-01-01: `dunwell lessons"),
        (["--stack", "dunwall"], "no stack dunwall in"),
    ],
)
def test_what_there_is_not_is_told_with_what_to_do(store, capsys, arguments, advice):
    """A version, a stack."""
    assert main(["lessons", *arguments]) == 1
    assert advice in " ".join(capsys.readouterr().out.split())
