"""Runs on a shelf: a long benchmark goes on where it was stopped."""

import json

from sandbox.cli import main
from sandbox.recovery.catalogue import world_path
from sandbox.recovery.shelf import Asked, Shelf, code_digest

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
    lines = runs.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2

    assert main([*ASKED, "--runs", str(runs)]) == 0
    assert json.loads(capsys.readouterr().out) == first
    assert len(runs.read_text(encoding="utf-8").splitlines()) == 2

    changed = [json.loads(line) for line in lines]
    for kept in changed:
        kept["tally"]["ledger"]["violations"] = 77
    runs.write_text("".join(json.dumps(kept) + "\n" for kept in changed), encoding="utf-8")
    assert main([*ASKED, "--runs", str(runs)]) == 0
    again = json.loads(capsys.readouterr().out)
    assert {row["violations"] for row in again["pooled"]["scores"]} == {77}


def test_a_run_of_other_code_or_of_another_world_is_none(tmp_path):
    """Nor one whose line is torn."""
    runs, outages = tmp_path / "runs.jsonl", Asked(world_path("outages"), 0, 20, "smart")
    assert main([*ASKED, "--runs", str(runs)]) == 0
    shelf = Shelf(runs, code_digest())
    assert shelf.key(outages) in shelf.read()
    assert shelf.key(Asked(world_path("hours"), 0, 20, "smart")) not in shelf.read()
    assert Shelf(runs, "other").read() == {}

    text = runs.read_text(encoding="utf-8")
    runs.write_text(text[:-40] + "\n", encoding="utf-8")
    assert len(shelf.read()) == 1
    assert Shelf(tmp_path / "none.jsonl", code_digest()).read() == {}


def test_another_file_of_the_same_name_is_another_world(tmp_path):
    """Its content is in the key."""
    shelf, path = Shelf(tmp_path / "runs.jsonl", code_digest()), tmp_path / "world.py"
    keys = set()
    for source in ("a = 1\n", "a = 2\n"):
        path.write_text(source, encoding="utf-8")
        keys.add(shelf.key(Asked(path, 0, 20, "smart")))
    assert len(keys) == 2
