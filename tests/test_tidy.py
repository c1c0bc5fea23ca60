"""The tidy rules that a machine can check, checked."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "layers" / "core" / "dunwell"
FUNCTIONS = sorted((ROOT / "functions").glob("*/app.py"))
SEMGREP_RULES = sorted((ROOT / ".semgrep" / "rules").glob("*.yaml"))

TOP_LEVEL = {
    "template.yaml", "pyproject.toml", "README.md", "Makefile", "LICENSE", "CHANGELOG.md", "samconfig.toml",
    "functions", "layers", "events", "sandbox", "tests", "docs",
}  # fmt: skip

CLOCKS = {"now", "today", "utcnow", "time", "monotonic", "perf_counter"}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_the_top_level_holds_what_the_design_names():
    """Nothing else but files that begin with a dot and what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    if not listed:
        pytest.skip("not a git checkout")
    assert {name.split("/")[0] for name in listed if not name.startswith(".")} <= TOP_LEVEL


@pytest.mark.parametrize("path", sorted((CORE / "domain").glob("*.py")), ids=lambda path: path.stem)
def test_the_domain_reads_no_clock_and_knows_the_standard_library_only(path):
    """`now` is an argument; no environment, no network, no third party."""
    for name in imported(path):
        assert name.split(".")[0] in {"dunwell", *sys.stdlib_module_names}, name
        assert name.split(".")[0] not in {"os", "time", "socket", "random", "logging", "pathlib"}, name
        assert not name.startswith("dunwell") or name.startswith("dunwell.domain"), name
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in CLOCKS, f"{path.name}:{node.lineno} reads a clock"


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda path: path.parent.name)
def test_a_handler_unwraps_calls_one_use_case_and_returns(path):
    """At most 60 lines, the handler at most 15; it imports the composition root and a batch boundary."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60
    names = {name for name in imported(path) if name.startswith("dunwell")}
    assert names <= {"dunwell.bootstrap", "dunwell.batches", "dunwell.stream_batches"}
    (handler,) = [
        node
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef) and node.name == "lambda_handler"
    ]
    assert (handler.end_lineno or 0) - handler.lineno < 15
    assert not [node for node in ast.walk(handler) if isinstance(node, ast.If)]


@pytest.mark.parametrize(
    "path", [*CORE.rglob("*.py"), *FUNCTIONS], ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_module_is_named_after_one_of_the_standard_librarys(path):
    """Inside a function's folder it would shadow it."""
    assert path.stem not in sys.stdlib_module_names


@pytest.mark.parametrize("module", ["pynamodb", "boto3", "stripe", "botocore"])
def test_only_adapters_know_aws_and_stripe(module):
    """Everything else is over ports."""
    users = {
        path.relative_to(CORE).parts[0]
        for path in CORE.rglob("*.py")
        if any(name.split(".")[0] == module for name in imported(path))
    }
    assert users <= {"adapters"}


def test_nothing_happens_at_import():
    """Every function's module can be imported without an environment, a client or a table."""
    code = "import importlib.util, sys\n" + "\n".join(
        f"spec = importlib.util.spec_from_file_location('m{n}', {str(path)!r}); "
        f"module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)"
        for n, path in enumerate(FUNCTIONS)
    )
    code += "\nassert not {'boto3', 'stripe', 'pynamodb', 'jinja2'} & set(sys.modules), sorted(sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "layers" / "core")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("rules", SEMGREP_RULES, ids=lambda path: path.stem)
def test_every_security_rule_has_an_example_that_it_finds_and_one_that_it_lets_pass(rules):
    """`make security` runs them; and a rule looks only where something is."""
    examples = (rules.parents[1] / "examples" / f"{rules.stem}.py").read_text(encoding="utf-8")
    for rule in yaml.safe_load(rules.read_text(encoding="utf-8"))["rules"]:
        assert f"# ruleid: {rule['id']}\n" in examples
        assert f"# ok: {rule['id']}\n" in examples
        for place in (place for places in rule.get("paths", {}).values() for place in places):
            assert (ROOT / place.strip("/")).exists(), place


def test_every_test_opens_with_a_sentence_of_behaviour():
    """One reads what is promised without reading how it is checked."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"
