"""What `sam build` makes of the layers: bytecode that Lambda takes as it is."""

import re
import subprocess
import sys

import pytest
from dunwell.domain.policies import LANGUAGES

from sandbox.bench.cold import layers
from sandbox.cloud.translation import ROOT

UNCHECKED_HASH = 1
"""The flag in bytecode that no source is looked at (PEP 552)."""


def asked_for():
    """The services that Dunwell asks: DynamoDB by pynamodb, the others by clients of boto3."""
    core = (ROOT / "layers" / "core" / "dunwell").rglob("*.py")
    named = re.compile(r"\bclient\(\"(\w+)\"")
    return {"dynamodb"} | {one for path in core for one in named.findall(path.read_text("utf-8"))}


@pytest.fixture(scope="module")
def core(tmp_path_factory):
    """The core layer, by its recipe."""
    folder = tmp_path_factory.mktemp("layer")
    recipe = ["make", "-C", ROOT / "layers" / "core", "build-CoreLayer", f"ARTIFACTS_DIR={folder}"]
    subprocess.run([*recipe, f"PYTHON={sys.executable}"], check=True, capture_output=True)
    return folder / "python"


def test_every_layer_has_a_recipe(written):
    """One that `sam build` made by itself would have no bytecode."""
    every = {name: one for name, one in written["Resources"].items() if one["Type"].endswith("LayerVersion")}
    assert every
    for name, layer in every.items():
        assert layer["Metadata"]["BuildMethod"] == "makefile", name
        makefile = ROOT / layer["Properties"]["ContentUri"] / "Makefile"
        assert f"build-{name}:" in makefile.read_text(encoding="utf-8")


def test_nothing_that_is_used_is_left_out():
    """boto3's models of the services that Dunwell asks, and the languages that it writes."""
    makefile = (ROOT / "layers" / "dependencies" / "Makefile").read_text(encoding="utf-8")
    kept = {name: set(told.split()) for name, told in re.findall(r"^([A-Z]+) := (.+)$", makefile, re.M)}
    assert kept["SERVICES"] == asked_for()
    assert kept["LANGUAGES"] == {"root", *LANGUAGES}


def test_every_module_has_bytecode(core):
    """That is taken whatever time stands on its source, for a layer's files are stamped anew."""
    modules = sorted(core.rglob("*.py"))
    assert (core / "dunwell" / "bootstrap.py") in modules
    for module in modules:
        (made,) = (module.parent / "__pycache__").glob(f"{module.stem}.cpython-*.pyc")
        assert int.from_bytes(made.read_bytes()[4:8], "little") == UNCHECKED_HASH, made


USED = """
import boto3
from datetime import date
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency
from css_inline import inline
import pynamodb.models, stripe, jinja2, holidays, standardwebhooks

for service in {services}:
    boto3.client(service, region_name="eu-central-1")
for language in {languages}:
    told = format_date(date(2026, 3, 4), "long", language), format_currency(1234.5, "EUR", locale=language)
    assert all(told) and format_list(["a", "b"], locale=language)
assert 'style=' in inline("<style>p {{ color: red }}</style><p>x</p>")
print("all of it")
"""


@pytest.mark.long
def test_the_dependencies_work_without_what_is_left_out():
    """The layer as its recipe makes it for this machine, in a bare interpreter."""
    dependencies, _ = layers()
    code = USED.format(services=sorted(asked_for()), languages=[*LANGUAGES, "en_GB", "de_AT", "pt_BR"])
    found = f"import sys\nsys.path.insert(0, {str(dependencies)!r})\n{code}"
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", found], capture_output=True, text=True, check=False
    )
    assert done.stdout == "all of it\n", done.stderr
