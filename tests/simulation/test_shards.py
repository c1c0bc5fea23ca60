"""Results lie in a folder by block; what lies there is not played again, and counts."""

import json
import subprocess

import pytest

from sandbox.simulation import campaign as campaigns
from sandbox.simulation.campaign import Campaign
from sandbox.simulation.faults import Fault
from sandbox.simulation.models import MODELS
from sandbox.simulation.shards import Shelf, current_commit
from sandbox.simulation.tallies import Block, Found, Tally, play_block


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Blocks of ten seeds, of which four go to a process at once."""
    small = MODELS["fast"]
    changed = {name: getattr(small, name) for name in small.__slots__} | {"block_seeds": 10, "part_seeds": 4}
    monkeypatch.setitem(MODELS, "fast", type(small)(**changed))


@pytest.fixture
def played(monkeypatch):
    """The first seeds of the parts that were really played."""
    parts = []

    def play(block):
        parts.append(block.first)
        return play_block(block)

    monkeypatch.setattr(campaigns, "play_block", play)
    return parts


def run(folder, seeds, first=0, commit="abc", kinds=None):
    campaign = Campaign(Block("fast", first, seeds, kinds), 1, Shelf(folder, commit))
    campaign.take_from_shelf()
    campaign.play(lambda part: None)
    return campaign.total()


def test_a_block_that_lies_there_is_not_played_again(tmp_path, played):
    """The second run plays only what is new, and its sum is that of a run in one go."""
    run(tmp_path, 20)
    assert played == [0, 4, 8, 10, 12, 16]
    played.clear()
    resumed = run(tmp_path, 30)
    assert played == [20, 24, 28]
    assert resumed == run(tmp_path / "other", 30)
    assert resumed.seeds == 30


def test_a_stopped_run_keeps_the_blocks_that_were_done(tmp_path, played):
    """Only the block that was under way is lost."""
    campaign = Campaign(Block("fast", 0, 30), 1, Shelf(tmp_path, "abc"))

    def told(part):
        if len(played) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        campaign.play(told)
    assert [path.name.split("-")[1] for path in tmp_path.iterdir()] == ["000000000"]
    played.clear()
    run(tmp_path, 30)
    assert played[0] == 10


@pytest.mark.parametrize(
    "other", [{"commit": "def"}, {"commit": None}, {"kinds": frozenset({Fault.LOST})}, {"first": 3}]
)
def test_a_block_of_another_run_does_not_count(tmp_path, played, other):
    """Neither another commit's nor other faults', nor other seeds'; and both stay in the folder."""
    run(tmp_path, 10)
    first = set(tmp_path.iterdir())
    played.clear()
    run(tmp_path, **({"seeds": 10} | other))
    assert played
    assert first < set(tmp_path.iterdir())


def test_a_damaged_block_is_played_again(tmp_path, played):
    """A file that cannot be read is no result."""
    whole = run(tmp_path, 10)
    (path,) = tmp_path.iterdir()
    for damaged in ("", "{", "[]", '{"played": 1}', path.read_text(encoding="utf-8")[:-40]):
        path.write_text(damaged, encoding="utf-8")
        played.clear()
        assert run(tmp_path, 10) == whole
        assert played


def test_a_file_says_all_that_its_block_came_to(tmp_path):
    """Also to who reads it without Dunwell."""
    block = Block("fast", 10, 10, frozenset({Fault.LOST}))
    tally = Tally(10, 123, ["d"], [Found(12, "M1", "two charges", 40)])
    tally.met.update({("mailer.send", ""): 5, ("mailer.send", "lost"): 2})
    shelf = Shelf(tmp_path / "new", "abc")
    shelf.keep(block, tally)
    (path,) = (tmp_path / "new").iterdir()
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "played": {"model": "fast", "from": 10, "seeds": 10, "faults": ["lost"], "commit": "abc"},
        "histories": 10,
        "steps": 123,
        "digest": "d",
        "violations": [{"seed": 12, "invariant": "M1", "seen": "two charges", "choices": 40}],
        "met": {"mailer.send": {"none": 5, "lost": 2}},
    }
    assert shelf.read(block) == tally


def test_changed_files_are_another_commit(tmp_path):
    """A result of code that was never committed is not mistaken for its commit's."""

    def git(*arguments):
        done = subprocess.run(["git", *arguments], cwd=tmp_path, capture_output=True, check=True, text=True)
        return done.stdout.strip()

    git("init", "--quiet")
    assert current_commit(tmp_path) is None
    (tmp_path / "a").write_text("1", encoding="utf-8")
    git("add", "a")
    git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "a")
    commit = git("rev-parse", "HEAD")
    assert current_commit(tmp_path) == commit
    changed = set()
    for text in ("2", "3"):
        (tmp_path / "a").write_text(text, encoding="utf-8")
        changed.add(current_commit(tmp_path))
    assert len(changed) == 2
    assert all(one.startswith(f"{commit}+") for one in changed)
