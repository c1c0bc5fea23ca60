"""The table of faults tells which call site met which, and which never met any."""

from collections import Counter

from rich.console import Console

from sandbox.simulation.coverage import coverage_table, never_hit, possible_of, table_width
from sandbox.simulation.fast.calls import POSSIBLE as FAST
from sandbox.simulation.faults import Fault
from sandbox.simulation.tallies import Block

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
    possible = possible_of(Block("fast", 0, 1, frozenset({Fault.STALE})), Counter())
    assert never_hit(Counter(), possible) == ["agenda.due", "events.waiting"]
    assert rows({}, possible)["call"] == ["site", "none", "stale"]
    assert possible_of(Block("fast", 0, 1), Counter()) == FAST


def test_the_full_models_sites_are_those_that_were_seen():
    """Its functions call what they call; each operation knows its faults."""
    sites = ["email_delivery sesv2.SendEmail mail", "due_dispatch dynamodb.Query invoices/due"]
    met = Counter({(sites[0], "lost"): 1, (sites[1], ""): 3})
    assert never_hit(met, possible_of(Block("full", 0, 1), met)) == [sites[1]]


def test_the_table_is_as_wide_as_its_names():
    """Where the output is no terminal nothing is cut."""
    long = "a_function_of_some_name dynamodb.TransactWriteItems invoices"
    met = Counter({(long, "lost"): 1_000_000})
    console = Console(width=table_width(met, {long: list(Fault)}))
    with console.capture() as captured:
        console.print(coverage_table(met, {long: list(Fault)}))
    line = captured.get().splitlines()[-1].split()
    assert " ".join(line[:3]) == long
    assert "1000000" in line
    assert "…" not in captured.get()
