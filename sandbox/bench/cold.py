"""Cold starts: what a function imports and makes before its first event, against the least that any would.

Each start is a process of its own with compiled bytecode; what is told is the least processor time of some
starts, taken in turn, so that a machine's moods meet all alike.
"""

import compileall
import math
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import files, requires
from pathlib import Path
from typing import Final

from sandbox.bench.lives import BEGIN
from sandbox.cloud.translation import ROOT
from sandbox.stack import open_sandbox

FLOOR: Final = "boto3 with one DynamoDB client and a Logger"

GOALS: Final = {"webhook_intake": 1.4, "email_delivery": 2.0, "hosted_invoice": 2.0}
"""Goals that are not the usual one: the door that the processor waits at; those that render messages."""

GOAL: Final = 1.6

MADE: Final = {"hosted_invoice": "page_door", "operations": "operations_door"}
"""What a function makes first, where it is not named as the function is."""

_FLOOR_CODE: Final = """
import boto3
from aws_lambda_powertools import Logger
boto3.client("dynamodb", region_name="eu-central-1")
Logger(service="dunwell")
"""

_START_CODE: Final = """
from dunwell.parts import Parts
Parts._secret = lambda self, variable, *, renew=False: {{"api_key": "rk", "webhook_secrets": ["whsec_"]}}
import app
app.application.telling
app.application.{made}
"""
"""The secrets, which AWS would be asked for, are given; all else is as in Lambda."""

_CLOCK: Final = "\nimport time\nprint(time.process_time())\n"


@dataclass(frozen=True, slots=True)
class Start:
    """One function's cold start: seconds of processor time, and how many times the floor's."""

    function: str
    seconds: float
    ratio: float

    @property
    def goal(self) -> float:
        return GOALS.get(self.function, GOAL)


def starts(rounds: int) -> tuple[float, list[Start]]:
    """The floor's seconds, and the start of each function, the slowest first."""
    core = _compiled_core()
    codes: dict[str, tuple[str, Mapping[str, str], Sequence[Path]]] = {FLOOR: (_FLOOR_CODE, {}, [core])}
    for name, given in _environments().items():
        code = _START_CODE.format(made=MADE.get(name, name))
        codes[name] = code, given, [ROOT / "functions" / name, core]
    least = dict.fromkeys(codes, math.inf)
    for _ in range(rounds):
        for name, (code, variables, paths) in codes.items():
            least[name] = min(least[name], _seconds(code, variables, paths))
    floor = least.pop(FLOOR)
    told = [Start(name, seconds, seconds / floor) for name, seconds in least.items()]
    return floor, sorted(told, key=lambda start: -start.ratio)


def modules_of(function: str) -> set[str]:
    """The modules that a function has loaded before its first event."""
    code = _START_CODE.format(made=MADE.get(function, function)) + "\nimport sys\nprint(*sys.modules)\n"
    paths = [ROOT / "functions" / function, ROOT / "layers" / "core"]
    return set(_told(code, _environments()[function], paths).split())


def _environments() -> dict[str, dict[str, str]]:
    """The variables that the template gives each function, by its folder."""
    with open_sandbox(BEGIN) as sandbox:
        functions = sandbox.functions
        return {Path(functions.folder(name)).name: functions.environment(name) for name in functions.names()}


def _compiled_core() -> Path:
    """The core layer as `sam build` ships it, with bytecode beside each module."""
    core = ROOT / "build" / "bench" / "core"
    shutil.rmtree(core, ignore_errors=True)
    shutil.copytree(ROOT / "layers" / "core", core, ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(core, quiet=2, workers=1)
    return core


def _seconds(code: str, variables: Mapping[str, str], paths: Sequence[Path]) -> float:
    """Processor time of one start."""
    return float(_told(code + _CLOCK, variables, paths).split()[-1])


def _told(code: str, variables: Mapping[str, str], paths: Sequence[Path]) -> str:
    """What some code prints in a bare interpreter that finds what Lambda would."""
    found = [*map(str, paths), sysconfig.get_path("purelib")]
    whole = f"import sys\nsys.path[:0] = {found!r}\n{code}"
    command = [sys.executable, "-S", "-E", "-B", "-c", whole]
    done = subprocess.run(command, env=dict(variables), capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout


@dataclass(frozen=True, slots=True)
class Package:
    """What a layer holds of one distribution, in bytes."""

    name: str
    size: int


def packages() -> list[Package]:
    """The distributions of the dependencies' layer, the largest first, and the core."""
    lines = (ROOT / "layers" / "dependencies" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line.split("==")[0] for line in lines if line and not line.startswith("#")]
    names = sorted(_with_what_they_need(wanted))
    core = sum(
        path.stat().st_size
        for path in (ROOT / "layers" / "core").rglob("*.*")
        if "__pycache__" not in path.parts
    )
    found = [Package("the core layer", core), *(Package(name, _size(name)) for name in names)]
    return sorted(found, key=lambda one: -one.size)


def _with_what_they_need(wanted: Sequence[str]) -> set[str]:
    found: set[str] = set()
    left = list(wanted)
    while left:
        name = left.pop().lower().replace("_", "-")
        if name in found:
            continue
        found.add(name)
        for line in requires(name) or ():
            needed, _, marker = line.partition(";")
            if "extra" not in marker and not ("python_version" in marker and "<" in marker):
                left.append(re.split(r"[ <>=!~\[(]", needed.strip())[0])
    return found


def _size(name: str) -> int:
    told = files(name) or ()
    paths = [Path(str(one.locate())) for one in told if "__pycache__" not in one.parts]
    return sum(path.stat().st_size for path in paths if path.is_file())
