"""Sample events of events/ that look at everything there is: each on a scene of its own."""

from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.scene import open_scene
from tests.functions.samples import EVENTS, NOW, invoke, stored_event


@pytest.fixture
def scene():
    with open_scene(NOW) as sandbox:
        yield sandbox


def test_a_thin_event_is_taken_in_too(scene):
    """webhook_intake.thin_event"""
    assert invoke(scene, "webhook_intake.thin_event")["statusCode"] == 200
    scene.driver.drain()
    assert stored_event(scene, "evt_sample_thin")["state"] == "applied"


@pytest.mark.parametrize("late", [False, True])
def test_what_is_due_is_done_once_however_late_and_often_the_schedules_fire(scene, late):
    """A retry, an unknown attempt and four customers; one final action of each kind; a day to learn from. The
    second firing, early or late, finds them leased or learnt."""
    names = {
        "due_dispatch": ("due_dispatch.every_minute", "due_dispatch.late_and_twice"),
        "past_due_sweep": ("past_due_sweep.every_night", "past_due_sweep.late_and_twice"),
        "retry_learning": ("retry_learning.every_night", "retry_learning.late_and_twice"),
    }
    order = {name: cases[::-1] if late else cases for name, cases in names.items()}
    assert [invoke(scene, case) for case in order["due_dispatch"]] == [{"enqueued": 6}, {"enqueued": 0}]
    assert [invoke(scene, case) for case in order["past_due_sweep"]] == [{"enqueued": 2}, {"enqueued": 0}]
    assert invoke(scene, order["retry_learning"][0]) == {"days": 0}, (
        "last night's run has learnt all there was"
    )
    scene.driver.clock.shift(timedelta(days=1))
    assert [invoke(scene, case) for case in order["retry_learning"]] == [{"days": 1}, {"days": 0}]


def test_what_was_never_heard_is_taken_in(scene):
    """reconciliation_sweep.twice_an_hour finds the events whose webhooks were lost; again, it finds none."""
    scene.driver.clock.shift(timedelta(minutes=10))  # they were lost ten minutes ago: on their way, perhaps
    found = invoke(scene, "reconciliation_sweep.twice_an_hour")
    assert found["undelivered"] > 0
    scene.driver.drain()
    assert invoke(scene, "reconciliation_sweep.twice_an_hour") == {"waiting": 0, "undelivered": 0}


def test_the_nightly_comparison_finds_every_open_invoice_as_it_is(scene):
    """reconciliation_sweep.every_night"""
    assert invoke(scene, "reconciliation_sweep.every_night")["drifted"] == 0


def test_every_sample_event_has_its_test():
    """Each is named in one of the two files."""
    files = Path(__file__).parent.glob("test_*samples.py")
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    assert len(EVENTS) >= 18
    assert [event.stem for event in EVENTS if event.stem not in source] == []
