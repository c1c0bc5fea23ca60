"""A seed is one history, in whatever process it is played; where it is not, that is seen."""

import pytest

from sandbox.cli import main
from sandbox.simulation.replay import play_twice
from sandbox.simulation.tallies import Block, play_block

BY_HASH = """
from sandbox.simulation.trace import Trace
real = Trace.add
Trace.add = lambda self, text: real(self, min({text, text + "!", text + "?"}, key=hash))
"""


def test_the_same_seed_is_the_same_history_in_every_process():
    """Its hash is the one that this process finds, whichever process of several played it."""
    block = Block("fast", 3, 6)
    played = list(play_twice(block, jobs=4))
    assert [one.seed for one in played] == [3, 4, 5, 6, 7, 8]
    assert [one.first for one in played] == [one.second for one in played] == play_block(block).digests


def test_a_history_that_depends_on_the_order_of_hashes_is_named(tmp_path, monkeypatch, capsys):
    """Both hashes are told, and the exit code is 1."""
    (tmp_path / "sitecustomize.py").write_text(BY_HASH, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert main(["simulate", "--seeds", "2", "--replay", "--jobs", "1"]) == 1
    told = capsys.readouterr().out
    assert "seed 0 differs" in told
    assert "2 histories played twice, 2 differ" in told


def test_a_process_that_fails_is_an_error():
    """No line is missing in silence."""
    with pytest.raises(OSError, match="ended with 1"):
        list(play_twice(Block("no_such_model", 0, 1), jobs=1))
