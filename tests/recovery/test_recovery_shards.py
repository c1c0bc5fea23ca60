"""Runs on a shelf: a long benchmark goes on where it was stopped."""

import json

from sandbox.cli import main
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


def test_what_was_run_is_not_run_again(tmp_path, capsys):
    """The second time all is read: what is changed in the kept files comes back."""
    assert main([*ASKED, "--shard", str(tmp_path)]) == 0
    first = json.loads(capsys.readouterr().out)
    assert len(list(tmp_path.iterdir())) == 2

    for path in tmp_path.iterdir():
        kept = json.loads(path.read_text(encoding="utf-8"))
        kept["ledger"]["violations"] = 77
        path.write_text(json.dumps(kept), encoding="utf-8")
    assert main([*ASKED, "--shard", str(tmp_path)]) == 0
    again = json.loads(capsys.readouterr().out)
    assert {row["violations"] for row in again["pooled"]["scores"]} == {77}
    assert again["pooled"]["scores"][0]["capture"] == first["pooled"]["scores"][0]["capture"]


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
