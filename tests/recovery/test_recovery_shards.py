"""Runs on a shelf: a long benchmark goes on where it was stopped."""

import json

from sandbox.cli import main
from sandbox.recovery import runs
from sandbox.recovery.catalogue import world_path
from sandbox.recovery.shards import Shelf

ASKED = [
    "recovery",
    "--seeds", "1",
    "--invoices", "20",
    "--jobs", "1",
    "--world", "outages",
    "--policy", "smart",
    "--json",
]  # fmt: skip


def test_what_was_run_is_not_run_again(tmp_path, capsys, monkeypatch):
    """The second time all is read, and says the same to the last digit."""
    assert main([*ASKED, "--shard", str(tmp_path)]) == 0
    first = json.loads(capsys.readouterr().out)
    assert len(list(tmp_path.iterdir())) == 2

    def not_again(*_):
        raise AssertionError("it was run again")

    monkeypatch.setattr(runs, "run", not_again)
    assert main([*ASKED, "--shard", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out) == first


def test_a_run_of_another_commit_or_world_is_none(tmp_path):
    """Nor one whose file is torn."""
    assert main([*ASKED, "--shard", str(tmp_path)]) == 0
    outages, hours = world_path("outages"), world_path("hours")
    commit = json.loads(next(tmp_path.iterdir()).read_text(encoding="utf-8"))["made"]["commit"]
    assert Shelf(tmp_path, commit).read(outages, 0, 20, "smart") is not None
    assert Shelf(tmp_path, "other").read(outages, 0, 20, "smart") is None
    assert Shelf(tmp_path, commit).read(hours, 0, 20, "smart") is None
    for path in tmp_path.iterdir():
        path.write_text("{", encoding="utf-8")
    assert Shelf(tmp_path, commit).read(outages, 0, 20, "smart") is None
