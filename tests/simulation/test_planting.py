"""Planted bugs are looked for, each in a process of its own, and one that is not caught is a failure."""

import json

import pytest

from sandbox.cli import main

TINY = """
from collections import namedtuple
from contextlib import contextmanager

from sandbox.memory.customers import MemoryCustomers
from sandbox.simulation.fast.mail import MemoryMail

Bug = namedtuple("Bug", "name what model plant caught_by")


@contextmanager
def sent_twice():
    send = MemoryMail.send
    MemoryMail.send = lambda self, mail: send(self, mail) and send(self, mail)
    try:
        yield
    finally:
        MemoryMail.send = send


@contextmanager
def harmless():
    yield


@contextmanager
def clumsy():
    real = MemoryCustomers.__init__
    MemoryCustomers.__init__ = lambda self: 1 / 0
    try:
        yield
    finally:
        MemoryCustomers.__init__ = real


BANK = [
    Bug("sent_twice", "whatever is mailed is mailed twice", "fast", sent_twice, ("R2",)),
    Bug("harmless", "nothing at all", "fast", harmless, ("M1",)),
    Bug("clumsy", "breaks the simulation itself", "fast", clumsy, ("M1",)),
]
"""


@pytest.fixture(autouse=True)
def tiny(tmp_path, monkeypatch):
    (tmp_path / "tiny_bank_of_bugs.py").write_text(TINY, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("sandbox.simulate.BANK", "tiny_bank_of_bugs")


def hunted(capsys, *arguments):
    code = main(["simulate", "--planted", *arguments, "--json"])
    return code, {one["name"]: one for one in json.loads(capsys.readouterr().out)["planted"]}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_bug_is_caught_where_it_is_planted_and_nowhere_else(capsys, jobs):
    """By its invariant, after so many seeds; a broken simulation and a harmless change are no catch."""
    code, bugs = hunted(capsys, "--seeds", "15", "--jobs", jobs)
    assert code == 1
    caught = bugs["sent_twice"]
    assert (caught["caught"], caught["invariant"]) == (True, "R2")
    assert caught["seeds"] <= 15
    assert (bugs["harmless"]["caught"], bugs["harmless"]["invariant"], bugs["harmless"]["seeds"]) == (
        False,
        None,
        15,
    )
    assert (bugs["clumsy"]["caught"], bugs["clumsy"]["seeds"]) == (False, 1)
    assert "ZeroDivisionError" in bugs["clumsy"]["seen"]


def test_the_table_tells_what_was_caught_by_what(capsys):
    """One line for each bug, and how many were caught."""
    assert main(["simulate", "--planted", "--seeds", "15", "--jobs", "1"]) == 1
    told = capsys.readouterr().out
    assert "1 of 3 planted bugs caught" in told
    line = next(line for line in told.splitlines() if "sent_twice" in line)
    assert "R2" in line
    assert "nothing" in next(line for line in told.splitlines() if "harmless" in line)


def test_a_checkout_without_planted_bugs_says_so(capsys, monkeypatch):
    """What is installed without its tests has none."""
    monkeypatch.setattr("sandbox.simulate.BANK", "tests.simulation.no_such_bank")
    assert main(["simulate", "--planted"]) == 1
    assert "no tests/simulation/no_such_bank.py" in " ".join(capsys.readouterr().out.split())
