"""The deployed functions in this process: their own code, environment, role and context."""

import importlib.util
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from greenlet import GreenletExit

from sandbox.cloud.calls import calling_as
from sandbox.cloud.deployment import Deployment
from sandbox.cloud.translation import REGION, ROOT

CREDENTIALS: Final = {
    # moto takes any
    **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), "sandbox"),
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}
"""What stands in for AWS's credentials, so that none of the machine's own are ever used."""


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda tells a handler of its invocation."""

    function_name: str
    memory_limit_in_mb: int
    aws_request_id: str
    invoked_function_arn: str

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class EnvironmentDiedError(Exception):
    """The process of an invocation ended in the middle."""


class Functions:
    """Invokes functions by their logical id. Each execution environment is a copy of the module of its own,
    used by one invocation at a time and kept for the next one, as in Lambda."""

    def __init__(self, deployment: Deployment) -> None:
        self.invocations: dict[str, int] = {}
        self._properties = deployment.of_type("AWS::Lambda::Function")
        self._idle: dict[str, list[ModuleType]] = defaultdict(list)

    def names(self) -> list[str]:
        return list(self._properties)

    def folder(self, function: str) -> str:
        """The function's folder, relative to the project's root."""
        return str(self._properties[function]["Code"]["S3Key"])

    def environment(self, function: str) -> dict[str, str]:
        """The variables that the template gives a function, with Lambda's own."""
        given = self._properties[function]["Environment"]["Variables"]
        return {**CREDENTIALS, **given, "AWS_LAMBDA_FUNCTION_NAME": function}

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Calls the handler; what it raises comes through. An environment that dies (`BaseException`) is
        told as `EnvironmentDiedError`, and never used again."""
        self.invocations[function] = self.invocations.get(function, 0) + 1
        context = self.context(function)
        with environment(self.environment(function)), calling_as(function):
            module = self._idle[function].pop() if self._idle[function] else self.load(function)
            try:
                answer = module.lambda_handler(event, context)
            except Exception:
                self._idle[function].append(module)
                raise
            except BaseException as death:
                if isinstance(death, KeyboardInterrupt | GreenletExit):
                    raise
                raise EnvironmentDiedError(function) from death
            self._idle[function].append(module)
            return answer

    def recycle(self) -> None:
        """A deployment: every function starts anew, and what still runs ends in its old environment."""
        self._idle.clear()

    def context(self, function: str) -> Context:
        """What Lambda tells the handler of a function's last invocation."""
        return Context(
            function,
            self._properties[function]["MemorySize"],
            f"{function}-{self.invocations[function]}",
            f"arn:aws:lambda:{REGION}:local:function:{function}",
        )

    def load(self, function: str) -> ModuleType:
        """A cold start: the module anew, within the function's environment."""
        name, handler = self._properties[function]["Handler"].split(".")
        if handler != "lambda_handler":
            raise ValueError(f"{function}: the handler is lambda_handler everywhere, not {handler}")
        path = ROOT / self.folder(function) / f"{name}.py"
        spec = importlib.util.spec_from_file_location(f"deployed_{function}", path)
        if spec is None or spec.loader is None:
            raise FileNotFoundError(path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """The process's environment with these variables, as it was before afterwards."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
