"""Warm handlers: processor time of a webhook, a retry and a reminder, against the same AWS calls made bare.

Both are played the same answers from a tape, so that neither moto nor a network is in it. What is told is the
least of some rounds, which go over all invocations in turn.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

import boto3
from botocore import xform_name

from sandbox.bench.lives import BEGIN, LIVES, SETTINGS, Life
from sandbox.bench.tapes import Player, Recorder, Tape
from sandbox.cloud.calls import Call, calling_as
from sandbox.cloud.functions import environment
from sandbox.cloud.translation import REGION
from sandbox.fake_stripe.bank import ScriptedBank
from sandbox.stack import Options, Sandbox, open_sandbox


@dataclass(frozen=True, slots=True)
class Errand:
    """What is told of: the functions that do it in a life, the last of them once for each."""

    name: str
    life: str
    functions: tuple[str, ...]


ERRANDS: Final = (
    Errand("a webhook", "charged, recovered by the first retry", ("WebhookIntake", "EventProcessing")),
    Errand("a retry", "charged, recovered by the first retry", ("RetryExecution",)),
    Errand("a reminder", "sent, paid after two reminders", ("ReminderDispatch", "EmailDelivery")),
)


@dataclass(frozen=True, slots=True)
class Warm:
    """An errand's means over all of its life: calls to AWS, milliseconds of processor time, and of the same
    calls made bare."""

    name: str
    calls: float
    own_ms: float
    bare_ms: float

    @property
    def ratio(self) -> float:
        return self.own_ms / self.bare_ms


def warm(rounds: int) -> list[Warm]:
    """Plays the lives, and every invocation of theirs again for so many rounds."""
    found = []
    for life in LIVES:
        errands = [errand for errand in ERRANDS if errand.life == life.name]
        if errands:
            found += _measured(life, errands, rounds)
    return found


def _measured(life: Life, errands: list[Errand], rounds: int) -> list[Warm]:
    bank = ScriptedBank()
    with open_sandbox(BEGIN, Options(settings=SETTINGS, bank=bank)) as sandbox:
        recorder = Recorder(sandbox)
        with recorder.running():
            life.begin(sandbox, bank)
            sandbox.run_until(BEGIN + timedelta(days=life.days))
        return [_mean(sandbox, errand, recorder.tapes, rounds) for errand in errands]


def _mean(sandbox: Sandbox, errand: Errand, tapes: list[Tape], rounds: int) -> Warm:
    """Each errand's whole work, over how often the last of its functions had a message."""
    own = [tape for tape in tapes if tape.function in errand.functions]
    replays = [_Replay(sandbox, tape) for tape in own]
    for _ in range(rounds):
        for replay in replays:
            replay.play()
    times = sum(len(tape.event.get("Records", ())) for tape in own if tape.function == errand.functions[-1])
    return Warm(
        errand.name,
        sum(replay.calls for replay in replays) / times,
        1000 * sum(replay.own for replay in replays) / times,
        1000 * sum(replay.bare for replay in replays) / times,
    )


class _Replay:
    """One invocation, again and again: the least seconds of its own, and of its calls made bare."""

    def __init__(self, sandbox: Sandbox, tape: Tape) -> None:
        self._sandbox, self._tape, self._player = sandbox, tape, Player(sandbox, tape)
        self.own = self.bare = math.inf
        self.calls = 0
        self._clients: dict[str, Any] = {}

    def play(self) -> None:
        """Raises `RuntimeError` where the invocation does not answer as it did."""
        sandbox, tape, player = self._sandbox, self._tape, self._player
        function, functions = tape.function, sandbox.functions
        sandbox.driver.clock.move_to(tape.at, tick=False)
        context, variables = functions.context(function), functions.environment(function)
        with environment(variables), calling_as(function), player.running():
            module = functions.load(function)
            for _ in range(2):  # the first time it reads what a warm function keeps
                player.rewind()
                took, answer = _timed(lambda: module.lambda_handler(tape.event, context))
                if answer != tape.answer:
                    raise RuntimeError(f"{function} answers {answer} to its tape, not {tape.answer}")
            self.own, self.calls = min(self.own, took), len(player.calls)
            bare = [self._bare(call) for call in player.calls]
            for _ in range(2):
                player.rewind()
                took, _answers = _timed(lambda: [make() for make in bare])
            self.bare = min(self.bare, took)

    def _bare(self, call: Call) -> Callable[[], Any]:
        """The same call by a client of boto3's own."""
        if call.service not in self._clients:
            self._clients[call.service] = _client(call.service)
        make, params = getattr(self._clients[call.service], xform_name(call.operation)), call.params
        return lambda: make(**params)


_client: Final[Callable[[str], Any]] = partial(boto3.client, region_name=REGION)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.process_time()
    answer = work()
    return time.process_time() - begun, answer
