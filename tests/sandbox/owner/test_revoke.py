"""`dunwell revoke` over the deployed stack: links to an invoice's page end."""

import pytest
from dunwell.bootstrap import Application

from sandbox.cli import main
from sandbox.stack import open_sandbox
from tests.build import DAY_0


@pytest.fixture
def pages():
    with open_sandbox(DAY_0) as sandbox:
        yield Application(sandbox.functions.environment("EmailDelivery")).pages


def test_all_links_to_an_invoice_end(pages, capsys):
    """Those to another one stay."""
    ended, others = [pages.issue("in_1"), pages.issue("in_1")], pages.issue("in_2")
    assert main(["revoke", "--stack", "dunwell", "in_1"]) == 0
    assert "2 links to in_1 revoked" in capsys.readouterr().out
    assert [pages.find(token) for token in ended] == [None, None]
    assert pages.find(others) is not None
    assert main(["revoke", "--stack", "dunwell", "in_2"]) == 0
    assert "1 link to in_2 revoked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("stack", "advice"), [("dunwell", "no links to in_9"), ("dunwall", "no stack dunwall in")]
)
def test_what_there_is_not_is_told(pages, capsys, stack, advice):
    """An invoice without links, a stack."""
    assert main(["revoke", "--stack", stack, "in_9"]) == 1
    assert advice in capsys.readouterr().out
