"""The template as it is written, and as SAM translates it."""

from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from sandbox.cloud.translation import TEMPLATE, translate

PARAMETERS = {"SenderAddress": "billing@example.com", "SenderIdentity": "example.com"}


@pytest.fixture(scope="session")
def written() -> dict[str, Any]:
    return dict(yaml_parse(TEMPLATE.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def resources() -> dict[str, Any]:
    """The translated resources by logical id."""
    return dict(translate(PARAMETERS)["Resources"])
