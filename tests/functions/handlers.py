"""The functions' own handlers in this process, made of the parts that a test gives them."""

import importlib.util
import io
from collections.abc import Callable
from contextlib import redirect_stdout
from itertools import count
from pathlib import Path
from typing import Any

from dunwell.bootstrap import Application
from dunwell.observability import PowertoolsTelling

from sandbox.cloud.functions import Context

ROOT = Path(__file__).resolve().parents[2]
_numbers = count()


class Log:
    """What a function prints: its logs and metrics, through the real telling."""

    def __init__(self) -> None:
        self._lines = io.StringIO()
        with redirect_stdout(self._lines):
            self.telling = PowertoolsTelling(f"hostile-{next(_numbers)}")  # loggers are kept by their name

    def of(self, call: Callable[[], Any]) -> tuple[Any, str]:
        """What a call answers, and what it printed meanwhile."""
        self._lines.seek(0)
        self._lines.truncate()
        with redirect_stdout(self._lines):
            answer = call()
        return answer, self._lines.getvalue()


def handler(folder: str) -> Callable[..., tuple[Any, str]]:
    """Loads `functions/<folder>/app.py` once. Call it with an event, an environment and the parts."""
    spec = importlib.util.spec_from_file_location(f"hostile_{folder}", ROOT / "functions" / folder / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    log = Log()
    context = Context(folder, 512, "request-1", f"arn:aws:lambda:eu-central-1:local:function:{folder}")

    def invoke(event: Any, environ: dict[str, str], **parts: Any) -> tuple[Any, str]:
        module.application = Application(environ, telling=log.telling, **parts)
        return log.of(lambda: module.lambda_handler(event, context))

    return invoke
