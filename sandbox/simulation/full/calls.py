"""Each call to AWS and to Stripe as a call site: others may go first, and a fault may meet it.

What moto lacks is added here: a transaction's token (sent twice it is done once) and transactions that
conflict.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import stripe
from botocore.exceptions import ClientError, ReadTimeoutError

from sandbox.cloud.calls import Call
from sandbox.fake_stripe.api import StripeAPI
from sandbox.simulation.faults import BROKEN, INDEX_READS, MAIL, MONEY, READS, WRITES, Fault, Faults
from sandbox.simulation.scheduler import CrashError, Scheduler
from sandbox.simulation.trace import Trace

CALL_TIMEOUT: Final = timedelta(seconds=3)
CHARGE_TIMEOUT: Final = timedelta(seconds=40)
SLOW: Final = timedelta(seconds=6)

_TRANSACTION: Final = (*WRITES, Fault.CONFLICT)

OPERATIONS: Final[Mapping[str, Sequence[Fault]]] = {
    "dynamodb.GetItem": READS,
    "dynamodb.Query": READS,
    "dynamodb.BatchGetItem": READS,
    "dynamodb.PutItem": WRITES,
    "dynamodb.DeleteItem": WRITES,
    "dynamodb.UpdateItem": (*WRITES, Fault.CONFLICT),
    "dynamodb.TransactWriteItems": _TRANSACTION,
    "sqs.SendMessageBatch": (*WRITES, Fault.PARTIAL),
    "events.PutEvents": (*WRITES, Fault.PARTIAL),
    "secretsmanager.GetSecretValue": READS,
    "sesv2.SendEmail": MAIL,
    "stripe.GET": READS,
    "stripe.POST": MONEY,
}
"""What may go wrong at each operation."""

RARE: Final = ("FinalAction ", "RetryExecution ", "AttemptResolution ", "ReconciliationSweep ")
"""Functions of which a history has few invocations."""

Answer = tuple[Any, int, Mapping[str, str]]


def possible(site: str) -> Sequence[Fault]:
    """The faults of a site, which is named `<function> <operation> <table, queue or route>`."""
    operation, _, about = site.split(" ", 1)[1].partition(" ")
    return INDEX_READS if operation == "dynamodb.Query" and "/" in about else OPERATIONS[operation]


class FullCalls:
    """Stands in front of every call of a function. `move` lets time pass."""

    def __init__(
        self,
        scheduler: Scheduler,
        faults: Faults,
        trace: Trace,
        move: Callable[[timedelta], None],
        api: StripeAPI,
    ) -> None:
        self._scheduler, self._faults, self._trace, self._move, self._api = (
            scheduler,
            faults,
            trace,
            move,
            api,
        )
        self._shown: dict[str, Any] = {}

    def aws(self, call: Call, go: Callable[[], Any]) -> Any:
        """A `Guard`: one call of a function to AWS."""
        site = f"{call.function} {call.service}.{call.operation} {_about(call)}"
        fault = self._meet(site, urgent=call.service == "sesv2")
        if fault is Fault.STALE:
            return self._shown.get(site, {"Items": [], "Count": 0, "ScannedCount": 0})
        if fault is Fault.PARTIAL:
            return _partial(go())
        if fault is Fault.LOST and call.tries > 1 and call.service == "sesv2":
            fault = Fault.REPEATED  # the client would not take the lost answer for its last word
        if fault is Fault.REPEATED and call.operation != "TransactWriteItems":
            _done(go)
        elif fault is not None and fault not in (Fault.SLOW, Fault.REPEATED):
            self._fail(fault, go, CALL_TIMEOUT)
            raise _aws_error(fault, call.operation)
        answer = go()
        if "/" in site:
            self._shown[site] = answer
        return answer

    @contextmanager
    def stripe(self) -> Iterator[None]:
        """Within it every request of the Stripe SDK is a call site."""
        original = stripe.RequestsClient.request

        def request(client: Any, method: str, url: str, headers: Any, post_data: Any = None) -> Answer:
            def go() -> Answer:
                return original(client, method, url, headers, post_data)

            return self._stripe(method.upper(), url, go)

        stripe.RequestsClient.request = request  # type: ignore[assignment, method-assign]
        try:
            yield
        finally:
            stripe.RequestsClient.request = original  # type: ignore[method-assign]

    def _stripe(self, method: str, url: str, go: Callable[[], Answer]) -> Answer:
        function = getattr(self._scheduler.current, "name", "-").split(" ")[0]
        fault = self._meet(f"{function} stripe.{method} {_route(url)}", urgent=method == "POST")
        if fault is None or fault is Fault.SLOW:
            return go()
        if fault is Fault.THROTTLED:
            return b'{"error": {"type": "invalid_request_error", "code": "rate_limit"}}', 429, {}
        if fault in BROKEN:
            self._api.breaks_next = BROKEN[fault]
            return go()
        self._fail(fault, go, CHARGE_TIMEOUT if method == "POST" else CALL_TIMEOUT)
        raise stripe.APIConnectionError(f"no answer: {fault}")  # type: ignore[no-untyped-call]

    def _meet(self, site: str, *, urgent: bool) -> Fault | None:
        self._scheduler.pause(urgent=urgent)
        fault = self._faults.draw(site, possible(site), rare=urgent or site.startswith(RARE))
        self._trace.add(f"{site} {fault}" if fault else site)
        if fault is Fault.SLOW:
            self._move(SLOW)
        return fault

    def _fail(self, fault: Fault, go: Callable[[], Any], time_out: timedelta) -> None:
        """The effect, where the fault comes after it, and the time that it takes. May crash."""
        if fault is Fault.CRASH_BEFORE:
            raise CrashError
        if fault in (Fault.LOST, Fault.TIMEOUT_AFTER, Fault.CRASH_AFTER):
            _done(go)
        if fault is Fault.CRASH_AFTER:
            raise CrashError
        if fault in (Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER):
            self._move(time_out)


def _about(call: Call) -> str:
    """The table, index or queue of a call, by the name that the template gives it."""
    params = call.params
    if "TableName" in params:
        index = f"/{params['IndexName']}" if "IndexName" in params else ""
        return _logical(params["TableName"]) + index
    if "QueueUrl" in params:
        return _logical(params["QueueUrl"].rsplit("/", 1)[1])
    if "RequestItems" in params:
        return "+".join(_logical(name) for name in params["RequestItems"])
    return ""


def _logical(name: str) -> str:
    return name.split("-")[1] if name.count("-") > 1 else name


def _route(url: str) -> str:
    path = re.sub(r"^https?://[^/]+/v1/", "", url).split("?")[0]
    return re.sub(r"(?<=/)[a-z]+_[A-Za-z0-9_]+", "*", path)


def _done(go: Callable[[], Any]) -> None:
    """The effect whose answer nobody hears: an error answer is lost as well."""
    try:
        go()
    except CrashError:
        raise
    except Exception:  # whatever it was, its answer is lost
        return


def _partial(answer: Any) -> Any:
    """SQS or the bus took a batch only in part, it says."""
    if "Entries" in answer:
        refused = {"ErrorCode": "InternalFailure", "ErrorMessage": "injected"}
        return {**answer, "FailedEntryCount": 1, "Entries": [*answer["Entries"][:-1], refused]}
    taken = answer.get("Successful", [])
    failed = [{"Id": one["Id"], "SenderFault": False, "Code": "InternalError"} for one in taken[-1:]]
    return {**answer, "Successful": taken[:-1], "Failed": failed}


def _aws_error(fault: Fault, operation: str) -> Exception:
    if fault in (Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER, Fault.LOST):
        return ReadTimeoutError(endpoint_url="https://aws.local")
    code = {Fault.THROTTLED: "ThrottlingException"}.get(fault, "InternalServerError")
    if fault is Fault.CONFLICT:
        code = "TransactionConflictException"
        if operation == "TransactWriteItems":
            reasons = [{"Code": "TransactionConflict", "Message": "a write goes on"}]
            told: Any = {
                "Error": {"Code": "TransactionCanceledException", "Message": "conflict"},
                "CancellationReasons": reasons,
            }
            return ClientError(told, operation)
    answer: Any = {
        "Error": {"Code": code, "Message": "injected"},
        "ResponseMetadata": {"HTTPStatusCode": 500},
    }
    return ClientError(answer, operation)
