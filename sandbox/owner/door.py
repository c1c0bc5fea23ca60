"""The way to a stack's `operations`: the deployed function, under the caller's AWS credentials; or that of a
sandbox which `dunwell up` keeps standing on this machine."""

import getpass
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from http.client import HTTPConnection
from typing import Any, Final, Protocol

from sandbox.owner.deployed import (
    AWS_CONFIG,
    INVOKE_CONFIG,
    OPERATIONS_TIMEOUT_S,
    Account,
    advising,
    physical_ids,
)

PATH: Final = "/operations"
"""Where a standing sandbox takes requests."""

HEADER: Final = "x-dunwell-operations"
"""A header that pages of other hosts cannot send along: only a program on this machine asks."""

_RIGHTS: Final = (
    "you need cloudformation:ListStackResources, lambda:InvokeFunction on the stack's Operations, and "
    "sts:GetCallerIdentity"
)

Json = dict[str, Any]


class Door(Protocol):
    """Where the owner's requests go. `who` is told with each change."""

    @property
    def who(self) -> str: ...

    def ask(self, operation: str, **asked: Any) -> Json:
        """The answer to an operation. Raises `ValueError`, which says what to do, for one that is refused."""
        ...


class RefusedError(ValueError):
    """An operation that was not done; the text says why, and what would be right."""


@dataclass(frozen=True)
class DeployedDoor:
    """The function of a deployed stack."""

    account: Account

    @property
    def who(self) -> str:
        with advising(_RIGHTS):
            client = self.account.session().client("sts", config=AWS_CONFIG)
            return str(client.get_caller_identity()["Arn"])

    @cached_property
    def _invoke(self) -> Callable[..., Any]:
        """Invokes the stack's `operations`: looked up once, asked often."""
        session = self.account.session()
        formation = session.client("cloudformation", config=AWS_CONFIG)
        functions = physical_ids(formation, self.account.stack, "AWS::Lambda::Function")
        if "Operations" not in functions:
            raise ValueError(f"the stack {self.account.stack} has no Operations: is it Dunwell's?")
        client = session.client("lambda", config=INVOKE_CONFIG)
        return partial(client.invoke, FunctionName=functions["Operations"])

    def ask(self, operation: str, **asked: Any) -> Json:
        with advising(_RIGHTS):
            answer = self._invoke(Payload=json.dumps({"operation": operation, **asked}))
            told = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise ValueError(f"operations failed: {told.get('errorMessage')}; its log group tells more")
        return _answered(told)


@dataclass(frozen=True, slots=True)
class SandboxDoor:
    """A sandbox that stands on this machine, at a port of loopback."""

    port: int

    @property
    def who(self) -> str:
        return getpass.getuser()

    def ask(self, operation: str, **asked: Any) -> Json:
        body = json.dumps({"operation": operation, **asked})
        connection = HTTPConnection("127.0.0.1", self.port, timeout=OPERATIONS_TIMEOUT_S)
        try:
            connection.request("POST", PATH, body, {HEADER: "1", "content-type": "application/json"})
            return _answered(json.loads(connection.getresponse().read()))
        except (OSError, ValueError) as error:
            if isinstance(error, RefusedError):
                raise
            told = f"no sandbox answers at port {self.port}: start one with `dunwell up`, or name its port"
            raise ValueError(told) from error
        finally:
            connection.close()


def _answered(told: Json) -> Json:
    if "error" in told:
        problems = [f"{one['where']}: {one['text']}" for one in told.get("problems", ())]
        raise RefusedError("\n".join([str(told["error"]), *problems]))
    return told
