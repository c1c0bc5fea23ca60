"""What `sam build` makes of the layers: bytecode that Lambda takes as it is."""

import re
import subprocess
import sys

import pytest
from dunwell.domain.policies import LANGUAGES

from sandbox.cloud.translation import ROOT

UNCHECKED_HASH = 1
"""The flag in bytecode that no source is looked at (PEP 552)."""


@pytest.fixture(scope="module")
def core(tmp_path_factory):
    """The core layer, by its recipe."""
    folder = tmp_path_factory.mktemp("layer")
    recipe = ["make", "-C", ROOT / "layers" / "core", "build-CoreLayer", f"ARTIFACTS_DIR={folder}"]
    subprocess.run([*recipe, f"PYTHON={sys.executable}"], check=True, capture_output=True)
    return folder / "python"


def test_every_layer_has_a_recipe(written):
    """One that `sam build` made by itself would have no bytecode."""
    layers = {name: one for name, one in written["Resources"].items() if one["Type"].endswith("LayerVersion")}
    assert layers
    for name, layer in layers.items():
        assert layer["Metadata"]["BuildMethod"] == "makefile", name
        makefile = ROOT / layer["Properties"]["ContentUri"] / "Makefile"
        assert f"build-{name}:" in makefile.read_text(encoding="utf-8")


def test_nothing_that_is_used_is_left_out():
    """boto3's models of the services that Dunwell asks, and the languages that it writes."""
    makefile = (ROOT / "layers" / "dependencies" / "Makefile").read_text(encoding="utf-8")
    kept = {name: set(told.split()) for name, told in re.findall(r"^([A-Z]+) := (.+)$", makefile, re.M)}
    core = (ROOT / "layers" / "core" / "dunwell").rglob("*.py")
    asked = {one for path in core for one in re.findall(r"\bclient\(\"(\w+)\"", path.read_text("utf-8"))}
    assert kept["SERVICES"] == asked
    assert kept["LANGUAGES"] == {"root", *LANGUAGES}


def test_every_module_has_bytecode(core):
    """That is taken whatever time stands on its source, for a layer's files are stamped anew."""
    modules = sorted(core.rglob("*.py"))
    assert (core / "dunwell" / "bootstrap.py") in modules
    for module in modules:
        (made,) = (module.parent / "__pycache__").glob(f"{module.stem}.cpython-*.pyc")
        assert int.from_bytes(made.read_bytes()[4:8], "little") == UNCHECKED_HASH, made
