"""Cold starts: what a function imports and makes before its first event, against the least that any would.

Each start is a process of its own over the layers that `sam build` would make; what is told is the least
processor time of some starts, taken in turn, so that a machine's moods meet all alike.
"""

import math
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

from sandbox.bench.lives import BEGIN
from sandbox.cloud.translation import ROOT
from sandbox.stack import open_sandbox

BUILT: Final = ROOT / "build" / "layers"

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

PLAINEST: Final = "webhook_intake"
"""The function that is started without bytecode, too."""

UNCOMPILED: Final = f"{PLAINEST} without bytecode"

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


@dataclass(frozen=True, slots=True)
class Starts:
    """The floor's seconds; each function's start, the slowest first; and the plainest function's start if
    there were no bytecode."""

    floor: float
    functions: list[Start]
    uncompiled: Start


def starts(rounds: int) -> Starts:
    """Every start so many times. Raises `CalledProcessError` where the layers cannot be made."""
    built = layers()
    ways: dict[str, tuple[str, Mapping[str, str], Sequence[Path]]] = {FLOOR: (_FLOOR_CODE, {}, built)}
    for name, given in _environments().items():
        code, own = _START_CODE.format(made=MADE.get(name, name)), ROOT / "functions" / name
        ways[name] = code, given, [own, *built]
        if name == PLAINEST:
            ways[UNCOMPILED] = code, given, [own, *_without_bytecode(built)]
    least = dict.fromkeys(ways, math.inf)
    for _ in range(rounds):
        for name, (code, variables, paths) in ways.items():
            told = _told(code + _CLOCK, variables, paths)
            least[name] = min(least[name], float(told.split()[-1]))
    floor = least.pop(FLOOR)
    found = {name: Start(name, seconds, seconds / floor) for name, seconds in least.items()}
    uncompiled = found.pop(UNCOMPILED)
    return Starts(floor, sorted(found.values(), key=lambda start: -start.ratio), uncompiled)


def modules_of(function: str) -> set[str]:
    """The modules that a function has loaded before its first event."""
    code = _START_CODE.format(made=MADE.get(function, function)) + "\nimport sys\nprint(*sys.modules)\n"
    here = Path(sysconfig.get_path("purelib"))
    paths = [ROOT / "functions" / function, ROOT / "layers" / "core", here]
    return set(_told(code, _environments()[function], paths).split())


def _environments() -> dict[str, dict[str, str]]:
    """The variables that the template gives each function, by its folder."""
    with open_sandbox(BEGIN) as sandbox:
        functions = sandbox.functions
        return {Path(functions.folder(name)).name: functions.environment(name) for name in functions.names()}


def layers() -> list[Path]:
    """The layers, made by the recipes of `sam build` with this interpreter, for this machine; those that are
    as new as their sources are taken as they are."""
    return [_layer("dependencies", "DependenciesLayer"), _layer("core", "CoreLayer")]


def _layer(folder: str, name: str) -> Path:
    source, made = ROOT / "layers" / folder, BUILT / f"{name}-{sys.implementation.cache_tag}"
    newest = max(path.stat().st_mtime for path in source.rglob("*") if "__pycache__" not in path.parts)
    if not made.exists() or made.stat().st_mtime < newest:
        making = made.with_suffix(".making")
        for old in (making, made):
            shutil.rmtree(old, ignore_errors=True)
        recipe = [f"ARTIFACTS_DIR={making}", f"PYTHON={sys.executable}", "PLATFORMS="]
        command = ["make", "--quiet", "-C", str(source), f"build-{name}", *recipe]
        subprocess.run(command, check=True)  # noqa: S603
        making.touch()
        making.rename(made)
    return made / "python"


def _without_bytecode(built: Sequence[Path]) -> list[Path]:
    """Copies of layers without what `sam build` by itself would not make."""
    made = []
    for number, layer in enumerate(built):
        plain = BUILT / "plain" / str(number)
        shutil.rmtree(plain, ignore_errors=True)
        shutil.copytree(layer, plain, ignore=shutil.ignore_patterns("__pycache__"))
        made.append(plain)
    return made


def _told(code: str, variables: Mapping[str, str], paths: Sequence[Path]) -> str:
    """What some code prints in a bare interpreter that finds what Lambda would."""
    whole = f"import sys\nsys.path[:0] = {[str(path) for path in paths]!r}\n{code}"
    command = [sys.executable, "-S", "-E", "-B", "-c", whole]
    done = subprocess.run(command, env=dict(variables), capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout


@dataclass(frozen=True, slots=True)
class Package:
    """What a layer holds of one distribution, in bytes."""

    name: str
    size: int


def packages() -> list[Package]:
    """What the layers hold, the largest first: the core, the distributions, and the bytecode of all."""
    dependencies, core = layers()
    found = [
        Package(one.name, sum(_size(Path(str(one.locate_file(file)))) for file in one.files or ()))
        for one in distributions(path=[str(dependencies)])
    ]
    bytecode = [path for layer in (dependencies, core) for path in layer.rglob("*.pyc")]
    own = [path for path in core.rglob("*") if path.suffix != ".pyc"]
    found += [Package("the core", sum(map(_size, own))), Package("bytecode", sum(map(_size, bytecode)))]
    return sorted(found, key=lambda one: -one.size)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
