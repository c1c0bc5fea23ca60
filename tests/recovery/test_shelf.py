"""Runs on a shelf: a long benchmark goes on where it was stopped."""

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from sandbox.cli import main
from sandbox.recovery.catalogue import world_path
from sandbox.recovery.shelf import Shelf, code_digest, key_of
from sandbox.recovery.tallies import Run, Tally

ASKED = [
    "recovery",
    "--seeds", "1",
    "--invoices", "20",
    "--jobs", "1",
    "--world", "outages",
    "--policy", "smart",
    "--json",
]  # fmt: skip


def test_what_was_run_is_not_run_again(tmp_path, capsys):
    """The second time all is read: what is changed in the file comes back, and else the same."""
    runs = tmp_path / "new" / "runs.jsonl"
    assert main([*ASKED, "--runs", str(runs)]) == 0
    first = json.loads(capsys.readouterr().out)
    lines = lines_of(runs)
    assert len(lines) == 2

    assert main([*ASKED, "--runs", str(runs)]) == 0
    assert json.loads(capsys.readouterr().out) == first
    assert lines_of(runs) == lines

    changed = [json.loads(line) for line in lines]
    for kept in changed:
        kept["tally"]["ledger"]["violations"] = 77
    runs.write_text("".join(json.dumps(kept) + "\n" for kept in changed), encoding="utf-8")
    assert main([*ASKED, "--runs", str(runs)]) == 0
    again = json.loads(capsys.readouterr().out)
    assert {row["violations"] for row in again["pooled"]["scores"]} == {77}


def test_a_run_of_other_code_or_of_another_world_is_none(tmp_path):
    """The policy of production's own modules, the world of its file."""
    runs = tmp_path / "runs.jsonl"
    assert main([*ASKED, "--runs", str(runs)]) == 0
    found = Shelf(runs, code_digest()).read()
    assert key_of(world_path("outages"), 0, 20, "smart") in found
    assert key_of(world_path("hours"), 0, 20, "smart") not in found
    assert Shelf(runs, "other").read() == {}


def test_another_file_of_the_same_name_is_another_world(tmp_path):
    """Its content is in the key."""
    path, keys = tmp_path / "world.py", set()
    for source in ("a = 1\n", "a = 2\n"):
        path.write_text(source, encoding="utf-8")
        keys.add(key_of(path, 0, 20, "smart"))
    assert len(keys) == 2


def test_what_was_torn_is_lost_alone(tmp_path):
    """Neither a process that was killed while it wrote nor bytes that are no text take other runs along."""
    shelf = Shelf(tmp_path / "runs.jsonl", "code")
    shelf.open()
    shelf.keep("first", run(1))
    whole = shelf.path.read_bytes()
    shelf.path.write_bytes(whole + b"\xff\xfe\n" + whole[:-40])
    shelf.keep("second", run(2))
    assert shelf.read() == {"first": run(1), "second": run(2)}


def test_processes_write_side_by_side(tmp_path):
    """No line is mixed with another."""
    shelf = Shelf(tmp_path / "runs.jsonl", "code")
    shelf.open()
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        list(pool.map(keep_many, [shelf, shelf], [0, 500]))
    assert shelf.read() == {str(number): run(number) for number in range(1_000)}


def test_a_file_that_cannot_be_written_is_told_of_before_anything_is_run(tmp_path, capsys):
    """A folder, as earlier versions had it."""
    assert main([*ASKED, "--runs", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err


def lines_of(path):
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line]


def run(seed):
    return Run("a", seed, "smart", Tally({"invoices": seed, "told": "x" * 500}))


def keep_many(shelf, first):
    for number in range(first, first + 500):
        shelf.keep(str(number), run(number))
