"""A Lambda Runtime API on loopback: gives one event to the genuine runtime client, takes its answer.

The function runs in a process of its own under awslambdaric, as in Lambda: loading, JSON and errors are
the real ones (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
"""

import json
import os
import platform
import subprocess
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from sandbox.cloud.translation import REGION, ROOT
from sandbox.loopback import QuietHandler

BUILT: Final = ROOT / ".aws-sam" / "build"
LAMBDAS_MACHINES: Final = ("aarch64", "arm64")
"""What the template's functions run on. What is built for them is compiled in part, and runs nowhere else."""

TIMEOUT_S: Final = 60.0
"""How long one invocation may take here, its cold start included."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What came of one invocation: `answer` on success, else `error` (Lambda's error object)."""

    answer: Any
    error: dict[str, Any] | None
    log: str
    code: str
    """Where the code came from: the built artefact, or the working tree."""


def invoke_in_runtime(function: str, folder: str, event: Any, environment: dict[str, str]) -> Invocation:
    """Runs one event. `function` is the logical id, `folder` its code's, relative to the project."""
    paths, code = _code(function, folder)
    box: dict[str, Any] = {}
    done = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(event, box, done))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True, name="runtime-api").start()
    process = _start(paths, environment, server.server_address[1])
    try:
        ended = _wait(process, done)
    finally:
        process.kill()
        log = process.communicate()[0]
        server.shutdown()
        server.server_close()
    if not ended and not box:
        box["error"] = {"errorType": "Sandbox.Timedout", "errorMessage": f"no answer within {TIMEOUT_S} s"}
    return Invocation(box.get("answer"), box.get("error"), log, code)


def _code(function: str, folder: str) -> tuple[list[Path], str]:
    """The folders that Lambda would have: the built ones if they are newer than every source."""
    layers = [BUILT / "DependenciesLayer" / "python", BUILT / "CoreLayer" / "python"]
    built = [BUILT / function, *layers]
    fits = platform.machine() in LAMBDAS_MACHINES
    if (
        fits
        and all(path.is_dir() for path in built)
        and _newest(ROOT / "layers" / "core", ROOT / folder)
        < min(path.stat().st_mtime for path in (BUILT / "template.yaml",))
    ):
        return built, "the built artefact"
    return [ROOT / folder, ROOT / "layers" / "core"], "the working tree"


def _newest(*folders: Path) -> float:
    return max(path.stat().st_mtime for folder in folders for path in folder.rglob("*.*"))


def _start(paths: list[Path], environment: dict[str, str], port: int) -> "subprocess.Popen[str]":
    variables = {
        "PATH": os.environ.get("PATH", ""),
        **environment,
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "LAMBDA_TASK_ROOT": str(paths[0]),
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "AWS_REGION": REGION,
        "_HANDLER": "app.lambda_handler",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "awslambdaric", "app.lambda_handler"],
        cwd=paths[0],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wait(process: "subprocess.Popen[str]", done: threading.Event) -> bool:
    """Whether the answer came before the process ended or the time was up."""
    waited = 0.0
    while waited < TIMEOUT_S:
        if done.wait(0.1):
            return True
        if process.poll() is not None:
            return done.is_set()
        waited += 0.1
    return False


def _handler(event: Any, box: dict[str, Any], done: threading.Event) -> type[BaseHTTPRequestHandler]:
    given = threading.Event()

    class Handler(QuietHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if given.is_set():  # a second event never comes: the process is ended meanwhile
                threading.Event().wait(TIMEOUT_S)
                return
            given.set()
            self._reply(json.dumps(event).encode())

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
            box["answer" if self.path.endswith("/response") else "error"] = body
            self._reply(b"{}")
            done.set()

        def _reply(self, body: bytes) -> None:
            self.send_response(200)
            for name, value in (
                ("Lambda-Runtime-Aws-Request-Id", "00000000-0000-0000-0000-000000000001"),
                ("Lambda-Runtime-Deadline-Ms", "9999999999999"),
                (
                    "Lambda-Runtime-Invoked-Function-Arn",
                    f"arn:aws:lambda:{REGION}:123456789012:function:local",
                ),
                ("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0"),
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler
