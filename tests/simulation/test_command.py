"""`dunwell simulate`: what it plays, what it tells, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from sandbox.cli import main
from sandbox.memory.customers import MemoryCustomers
from sandbox.simulation.fast.mail import MemoryMail
from sandbox.simulation.models import MODELS
from sandbox.simulation.tallies import Block, play_block

SEEDS = 12


@pytest.fixture
def sent_twice(monkeypatch):
    """A bug: whatever is mailed is mailed twice. Shrinking is kept short."""
    send = MemoryMail.send
    monkeypatch.setattr(MemoryMail, "send", lambda self, mail: send(self, mail) and send(self, mail))
    monkeypatch.setitem(MODELS, "fast", replace(MODELS["fast"], shrink_runs_max=250))


def simulated(capsys, *arguments):
    code = main(["simulate", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_what_is_told_as_json(capsys):
    """All that a script wants to know; the same seeds come to the same digest as one by one."""
    code, told = simulated(capsys, "--seeds", str(SEEDS), "--from", "7", "--jobs", "1")
    assert code == 0
    expected = play_block(Block("fast", 7, SEEDS))
    assert (told["model"], told["from"], told["seeds"], told["faults"]) == ("fast", 7, SEEDS, None)
    assert told["steps"] == expected.steps > 1_000
    assert told["digest"] == expected.sealed().digest
    assert (told["violations"], told["stories"], told["never_hit"]) == ([], [], [])
    assert told["histories_per_second"] > 0
    assert sum(told["coverage"]["processor.read_invoice"].values()) > 0
    assert "commit" in told


def test_the_number_of_jobs_changes_nothing(capsys):
    """Neither counts nor the digest; another range of seeds does."""
    _, alone = simulated(capsys, "--seeds", "60", "--jobs", "1")
    _, shared = simulated(capsys, "--seeds", "60", "--jobs", "2")
    _, others = simulated(capsys, "--seeds", "60", "--jobs", "1", "--from", "1")
    for told in (alone, shared):
        del told["seconds"], told["histories_per_second"]
    assert alone == shared
    assert alone["digest"] != others["digest"]


def test_a_violation_is_told_by_its_shortest_history(sent_twice, capsys):
    """Far fewer choices still violate the same invariant, and the command line shows it again."""
    code, told = simulated(capsys, "--seeds", str(SEEDS), "--jobs", "1")
    assert code == 1
    assert told["violations"]
    (story,) = told["stories"]
    drawn = next(one for one in told["violations"] if one["seed"] == story["seed"])
    assert story["invariant"] == drawn["invariant"] == "R2"
    assert sum(1 for choice in story["choices"] if choice) < 20 < drawn["choices"] / 5
    again = MODELS["fast"].play(story["seed"], story["choices"])
    assert str(again.violation) == f"R2: {story['seen']}"
    assert story["lines"][-1].endswith("mailer.send")
    assert main([*story["command"].split()[1:], "--jobs", "1"]) == 1
    printed = capsys.readouterr().out
    assert f"seed {story['seed']} violates R2: {story['seen']}" in printed
    assert story["lines"][-1] in printed
    assert f"again: {story['command']}" in printed


def test_a_history_that_breaks_the_simulation_is_a_violation_with_its_seed(monkeypatch, capsys):
    """An exception that nobody expected does not end the others."""
    monkeypatch.setattr(MemoryCustomers, "__init__", lambda self: 1 / 0)
    code, told = simulated(capsys, "--seeds", "3", "--jobs", "1")
    assert code == 1
    assert [one["invariant"] for one in told["violations"]] == ["error"] * 3
    assert "ZeroDivisionError" in told["violations"][0]["seen"]


def test_only_the_faults_that_were_asked_for_happen(capsys):
    """`--faults` narrows what is drawn."""
    _, told = simulated(capsys, "--seeds", "40", "--faults", "lost,crash_after", "--jobs", "1")
    met = {fault for faults in told["coverage"].values() for fault in faults}
    assert met == {"none", "lost", "crash_after"}
    assert told["faults"] == ["crash_after", "lost"]


def test_a_fault_that_does_not_exist_is_refused_with_those_that_do(capsys):
    """Exit code 2: the command line is wrong."""
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "--faults", "lost,losst"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "no fault is named losst" in told
    assert "timeout_before" in told


def test_at_full_size_a_site_that_no_fault_met_is_a_failure(capsys):
    """It is named; a few seeds are not held to it."""
    assert main(["simulate", "--seeds", "2", "--jobs", "1"]) == 0
    assert "never hit" not in capsys.readouterr().out
    assert main(["simulate", "--seeds", "2", "--jobs", "1", "--full-size"]) == 1
    assert "never hit by any of its faults: processor.credit" in capsys.readouterr().out


def test_what_lies_in_a_folder_is_summed_up_and_not_played(tmp_path, capsys):
    """The second time nothing is played, and all else is told alike."""
    arguments = ("--seeds", str(SEEDS), "--jobs", "1", "--shard", str(tmp_path))
    _, first = simulated(capsys, *arguments)
    code, second = simulated(capsys, *arguments)
    assert code == 0
    assert (first["played"], second["played"]) == (SEEDS, 0)
    assert second["histories_per_second"] is None
    for told in (first, second):
        del told["played"], told["seconds"], told["histories_per_second"]
    assert first == second


def test_ctrl_c_ends_it_cleanly(tmp_path):
    """Exit code 1, one word, no traceback, within seconds, whatever its processes were doing."""
    started = f"import os, pathlib\npathlib.Path({str(tmp_path)!r}, str(os.getpid())).touch()\n"
    (tmp_path / "sitecustomize.py").write_text(started, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.cli", "simulate", "--seeds", "100000", "--jobs", "2"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while process.poll() is None and sum(path.name.isdigit() for path in tmp_path.iterdir()) < 4:
        time.sleep(0.1)  # the command, two that play, and the one that Python keeps beside them
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert told.split()[-1] == "stopped"
    assert "Traceback" not in told
