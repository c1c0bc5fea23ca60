from dunwell.domain.policies import Endpoint


def test_an_endpoint_wants_the_types_that_it_asks_for():
    """All of them where it asks for none."""
    some = Endpoint("crm", "https://crm.example.com/", frozenset({"invoice.paid"}))
    assert (some.wants("invoice.paid"), some.wants("invoice.overdue")) == (True, False)
    assert Endpoint("crm", "https://crm.example.com/").wants("invoice.overdue")
