"""The table of faults tells which call site met which, and which never met any."""

from collections import Counter

from rich.console import Console

from sandbox.simulation.coverage import coverage_table, narrowed, never_hit
from sandbox.simulation.faults import Fault

POSSIBLE = {
    "mailer.send": (Fault.ERROR, Fault.LOST),
    "events.load": (Fault.ERROR,),
    "rate.admit": (Fault.ERROR, Fault.LOST),
}


def rows(met, possible):
    console = Console(width=80)
    with console.capture() as captured:
        console.print(coverage_table(Counter(met), possible))
    lines = captured.get().splitlines()[1:]
    return {line.split()[0]: line.split()[1:] for line in lines if line.strip()}


def test_a_site_is_a_row_and_a_fault_a_column():
    """Counts where there are some, 0 where there could be, a dot where there cannot be."""
    met = {("mailer.send", ""): 7, ("mailer.send", "lost"): 2, ("events.load", "error"): 3}
    told = rows(met, POSSIBLE)
    assert told["call"] == ["site", "none", "error", "lost"]
    assert told["mailer.send"] == ["7", "0", "2"]
    assert told["events.load"] == ["0", "3", "·"]
    assert told["rate.admit"] == ["0", "0", "0"]


def test_a_site_that_nobody_listed_is_told_too():
    """What was met is never left out."""
    assert rows({("new.site", "error"): 1}, POSSIBLE)["new.site"] == ["0", "1", "·"]


def test_a_site_is_hit_by_any_of_its_faults():
    """One is enough; calls that went well are none."""
    met = Counter({("mailer.send", "lost"): 1, ("events.load", ""): 9})
    assert never_hit(met, POSSIBLE) == ["events.load", "rate.admit"]


def test_only_the_faults_that_may_happen_are_asked_for():
    """A site that none of them can meet is no failure, and its column is gone."""
    possible = narrowed(POSSIBLE, frozenset({Fault.LOST}))
    assert never_hit(Counter(), possible) == ["mailer.send", "rate.admit"]
    assert rows({}, possible)["call"] == ["site", "none", "lost"]
    assert narrowed(POSSIBLE, None) is POSSIBLE
