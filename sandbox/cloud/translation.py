"""The SAM template as plain CloudFormation, translated offline as `sam deploy` would have it."""

import json
import logging
import sys
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Final

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT: Final = Path(__file__).resolve().parents[2]
TEMPLATE: Final = ROOT / "template.yaml"
REGION: Final = "eu-central-1"

Template = dict[str, Any]


def translate(parameters: Mapping[str, str], template: Path = TEMPLATE) -> Template:
    """The translated template. `parameters` are the values of a deployment, by name.

    Raises samtranslator's `InvalidDocumentException`, which names each resource and what is wrong.
    """
    document = deepcopy(_parsed(template.read_text(encoding="utf-8")))
    for resource in document["Resources"].values():
        for name in ("CodeUri", "ContentUri"):
            properties = resource.get("Properties", {})
            if name in properties:
                properties[name] = f"s3://local/{properties[name]}"
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    no_managed_policies: dict[str, str] = {}  # each function has a role of its own
    session = boto3.Session(region_name=REGION)
    translator = Translator(no_managed_policies, Parser(), boto_session=session)
    translated: Template = translator.translate(document, dict(parameters))
    return translated


@cache
def _parsed(template: str) -> Template:
    parsed: Template = yaml_parse(template)
    return parsed


def expand(target: Path, parameters: Mapping[str, str]) -> None:
    """Writes the translated template as JSON, for checks that read plain CloudFormation."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(translate(parameters), indent=2), encoding="utf-8")


if __name__ == "__main__":
    expand(Path(sys.argv[1]), dict(pair.split("=", 1) for pair in sys.argv[2].split(",")))
