"""Tapes: what AWS and Stripe answered an invocation, to be played to it again in their place.

What is left when neither has to be waited for is the function's own work: its own code, pynamodb, boto3 and
Stripe's SDK, down to the bytes that would go to the network.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import stripe
from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

from sandbox.bench.meter import KEPT
from sandbox.cloud.calls import CALLER, Call
from sandbox.stack import Sandbox

Json = dict[str, Any]

_KEPT: Final = ("secretsmanager", *KEPT)


@dataclass(slots=True)
class Tape:
    """One invocation: its event, when it was (UTC), what the handler answered, and what it was answered by
    question, in order."""

    function: str
    event: Json
    at: datetime
    answer: Any = None
    heard: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))


@dataclass(slots=True)
class Recorder:
    """Within `running` every invocation leaves a tape."""

    sandbox: Sandbox
    tapes: list[Tape] = field(default_factory=list)
    _question: str = ""

    @contextmanager
    def running(self) -> Iterator[None]:
        functions, invoke = self.sandbox.functions, self.sandbox.functions.invoke

        def invoked(function: str, event: Json) -> Any:
            tape = Tape(function, event, self.sandbox.driver.now())
            self.tapes.append(tape)
            tape.answer = invoke(function, event)
            return tape.answer

        functions.invoke = invoked  # type: ignore[method-assign]
        self.sandbox.calls.guards.append(self._ask)
        try:
            with _before_aws(self._hear), _before_stripe(self._hear_stripe):
                yield
        finally:
            self.sandbox.calls.guards.remove(self._ask)
            functions.invoke = invoke  # type: ignore[method-assign]

    def _ask(self, call: Call, go: Callable[[], Any]) -> Any:
        """A `Guard`."""
        self._question = question(call)
        return go()

    def _hear(self, go: Callable[[], AWSResponse | None]) -> AWSResponse | None:
        answer = go()
        if CALLER.get() is not None and answer is not None:
            self.tapes[-1].heard[self._question].append((answer.status_code, answer.headers, answer.content))
        return answer

    def _hear_stripe(self, question: str, go: Callable[[], Any]) -> Any:
        answer = go()
        self.tapes[-1].heard[question].append(answer)
        return answer


@dataclass(slots=True)
class Player:
    """Within `running` the questions of an invocation are answered from its tape, and nobody else is asked,
    but for what a warm function keeps and the recorded one may have kept already. `calls` are those to AWS
    since the tape was last wound back."""

    sandbox: Sandbox
    tape: Tape
    calls: list[Call] = field(default_factory=list)
    _question: str = ""
    _places: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def running(self) -> Iterator[None]:
        guards, self.sandbox.calls.guards = self.sandbox.calls.guards, [self._ask]
        try:
            with _before_aws(self._answer), _before_stripe(self._answer_stripe):
                yield
        finally:
            self.sandbox.calls.guards = guards

    def rewind(self) -> None:
        self.calls.clear()
        self._places.clear()

    def _ask(self, call: Call, go: Callable[[], Any]) -> Any:
        """A `Guard`."""
        self._question = question(call)
        self.calls.append(call)
        return go()

    def _answer(self, go: Callable[[], Any]) -> Any:
        if self._question not in self.tape.heard and any(name in self._question for name in _KEPT):
            return go()
        status, headers, body = self._next(self._question)
        return AWSResponse("", status, headers, MockRawResponse(body))

    def _answer_stripe(self, question: str, _: Callable[[], Any]) -> Any:
        return self._next(question)

    def _next(self, question: str) -> Any:
        """Raises `LookupError` where the tape has no such answer left: the invocation went another way."""
        place = self._places[question]
        self._places[question] += 1
        heard = self.tape.heard.get(question, [])
        if place >= len(heard):
            raise LookupError(f"{self.tape.function} asks what it did not ask before: {question}")
        return heard[place]


def question(call: Call) -> str:
    """What tells one call from another of the same invocation, but for their order."""
    told = (call.service, call.operation, call.params.get("TableName", ""), call.params.get("IndexName", ""))
    return " ".join(told)


@contextmanager
def _before_aws(stand_in: Callable[[Callable[[], Any]], Any]) -> Iterator[None]:
    """Within it `stand_in` answers each request to AWS, or goes on to moto."""
    original = BotocoreStubber.__call__

    def answered(stubber: Any, event_name: str, request: Any, **others: Any) -> Any:
        return stand_in(lambda: original(stubber, event_name, request, **others))

    BotocoreStubber.__call__ = answered
    try:
        yield
    finally:
        BotocoreStubber.__call__ = original


@contextmanager
def _before_stripe(stand_in: Callable[[str, Callable[[], Any]], Any]) -> Iterator[None]:
    """The same for Stripe's SDK, by method and address."""
    original = stripe.RequestsClient.request

    def answered(client: Any, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        return stand_in(f"stripe {method} {url}", lambda: original(client, method, url, headers, post_data))

    stripe.RequestsClient.request = answered  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        stripe.RequestsClient.request = original  # type: ignore[method-assign]
