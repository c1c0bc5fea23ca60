"""Tapes: an invocation that is played to again answers as it did, asks as it did, and reaches nobody."""

from datetime import timedelta

import pytest

from sandbox.bench.lives import BEGIN, LIVES, SETTINGS
from sandbox.bench.tapes import Player, Recorder, Tape
from sandbox.bench.warm import ERRANDS, warm
from sandbox.fake_stripe.bank import ScriptedBank
from sandbox.stack import Options, open_sandbox


@pytest.fixture
def recorded():
    """The first hours of a charged invoice, and the sandbox that they were played on."""
    bank = ScriptedBank()
    with open_sandbox(BEGIN, Options(settings=SETTINGS, bank=bank)) as sandbox:
        recorder = Recorder(sandbox)
        with recorder.running():
            LIVES[0].begin(sandbox, bank)
            sandbox.run_until(BEGIN + timedelta(hours=3))
        yield sandbox, recorder.tapes


def test_what_is_played_changes_nothing(recorded):
    """Neither AWS nor Stripe hears of it: nothing is written again, and the answer is the same."""
    sandbox, tapes = recorded
    before, asked = sandbox.items("EventsTable"), sum(sandbox.api.requests.values())
    played = [tape for tape in tapes if tape.function in ("WebhookIntake", "EventProcessing")]
    assert {tape.function for tape in played} == {"WebhookIntake", "EventProcessing"}
    for tape in played:
        player = Player(sandbox, tape)
        sandbox.driver.clock.move_to(tape.at, tick=False)
        with player.running():
            assert sandbox.functions.invoke(tape.function, tape.event) == tape.answer
        assert player.calls
    assert sandbox.items("EventsTable") == before
    assert sum(sandbox.api.requests.values()) == asked


def test_who_goes_another_way_is_told(recorded):
    """A question that the tape has no answer to is an error that names it."""
    sandbox, tapes = recorded
    heard = next(one for one in tapes if one.function == "WebhookIntake")
    empty = Tape(heard.function, heard.event, heard.at)
    sandbox.driver.clock.move_to(heard.at, tick=False)
    with Player(sandbox, empty).running(), pytest.raises(LookupError, match="dynamodb PutItem"):
        sandbox.functions.invoke(empty.function, empty.event)


def test_every_errand_is_measured():
    """With as many calls as it makes."""
    told = warm(1)
    assert [one.name for one in told] == [errand.name for errand in ERRANDS]
    assert all(one.calls > 5 and one.own_ms > 0 and one.bare_ms > 0 for one in told)
