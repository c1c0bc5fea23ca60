"""Links to hosted invoice pages: opened by what was issued, for thirty days, until they are revoked."""

import pytest


def test_a_link_opens_its_own_invoice(stores):
    """Each mail has one of its own, and all of them go on to work."""
    tokens = [stores.pages.issue("in_1"), stores.pages.issue("in_1"), stores.pages.issue("in_2")]
    assert len(set(tokens)) == 3
    assert [stores.pages.find(token).invoice_id for token in tokens] == ["in_1", "in_1", "in_2"]


@pytest.mark.parametrize(
    "changed",
    [
        lambda token: token + "x",
        lambda token: token[:-1],
        lambda token: token.replace("in_1", "in_2"),
        lambda token: "in_1",
        lambda token: "",
        lambda token: token + "\n",
        lambda token: "../" + token,
        lambda token: "\u0130n_1." + token.split(".")[1],
        lambda token: "x" * 5000,
    ],
)
def test_anything_else_opens_nothing(stores, changed):
    """Neither shorter nor longer, nor another invoice with the same secret."""
    stores.pages.issue("in_2")
    assert stores.pages.find(changed(stores.pages.issue("in_1"))) is None


def test_a_link_is_good_for_thirty_days(stores):
    """Whether or not the table has deleted it by then."""
    token = stores.pages.issue("in_1")
    stores.forward(30 * 24 - 1)
    assert stores.pages.find(token) is not None
    stores.forward(1)
    assert stores.pages.find(token) is None


def test_links_are_revoked_by_invoice(stores):
    """All of one invoice's at once; those of others stay, and a new one may be issued."""
    gone, other = stores.pages.issue("in_1"), stores.pages.issue("in_2")
    stores.pages.issue("in_1")
    assert stores.pages.revoke("in_1") == 2
    assert stores.pages.find(gone) is None
    assert stores.pages.find(other) is not None
    assert stores.pages.revoke("in_1") == 0
    assert stores.pages.find(stores.pages.issue("in_1")) is not None
