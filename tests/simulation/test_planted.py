"""The bank of planted bugs: each is caught by its model, and nothing else is."""

import sys
from contextlib import suppress

import pytest

from tests.simulation.planted import BANK, first_caught, known_seeds

SEEDS_MAX = 3
"""Histories looked at from a bug's known seed on: a change of the simulation moves them, and
`python -m tests.simulation.planted` finds them anew."""

FAST, FULL = ([bug for bug in BANK if bug.model == model] for model in ("fast", "full"))

REALLY_SHIPPED = """
    fresh-key-for-each-call key-from-a-counter-raised-twice key-sent-after-a-day
    dedupe-marked-before-the-effect events-ordered-by-created older-payload-over-newer pay-on-void
    uncollectible-is-final reminder-of-today-lost marked-after-all-was-sent mail-after-payment
    retry-after-a-hard-decline counter-raised-before-the-work float-money hundredfold-zero-decimal
    due-date-in-utc first-page-only events-kept-too-short unknown-is-declined small-invoice-credited
    retry-planned-anew-at-each-look html-through-a-name crlf-through-a-name token-compared-with-equals
    secret-in-a-log-line
""".split()
"""Those that INVARIANTS.md names."""


def what_stands_there():
    """Every attribute of every module and class that a bug may be planted in."""
    found = {}
    for name, module in sorted(sys.modules.items()):
        if name.startswith(("dunwell", "sandbox", "stripe._webhook")):
            found |= {(name, one): id(value) for one, value in vars(module).items()}
            for kind in [value for value in vars(module).values() if isinstance(value, type)]:
                found |= {(name, kind, one): id(value) for one, value in vars(kind).items()}
    return found


def test_every_bug_has_a_seed_that_shows_it():
    """What nothing catches is not in the bank."""
    assert {bug.name for bug in BANK} == set(known_seeds())


@pytest.mark.parametrize(
    "bug",
    [*FAST, *(pytest.param(bug, marks=pytest.mark.long) for bug in FULL)],
    ids=lambda bug: bug.name,
)
def test_a_planted_bug_is_caught(bug):
    """By one of the invariants that it may break; the same history without it is without a fault."""
    seed = known_seeds()[bug.name]
    result = first_caught(bug, SEEDS_MAX, seed)
    assert result is not None, f"{bug.name} is no longer caught at seed {seed}"


def test_each_change_still_fits_where_it_is_planted():
    """One that takes other arguments breaks everything, which is no catch: planting it says so."""
    for bug in BANK:
        with bug.plant():
            pass


@pytest.mark.long
def test_a_bug_is_planted_for_a_while_only():
    """Each changes something that is shipped, and nothing of it stays, however its histories end."""
    before = what_stands_there()
    for bug in BANK:
        with suppress(ZeroDivisionError), bug.plant():
            assert what_stands_there() != before, bug.name
            raise ZeroDivisionError
        assert what_stands_there() == before, bug.name


def test_the_bank_holds_what_was_really_shipped():
    """Each bug once, with a sentence; at least 44, among them all that are named."""
    names = [bug.name for bug in BANK]
    assert len(names) == len(set(names))
    assert len(names) >= 44
    assert set(REALLY_SHIPPED) <= set(names)
    assert all(bug.what.endswith(".") and bug.caught_by for bug in BANK)
