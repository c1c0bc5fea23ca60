import pytest
from dunwell.domain.ownership import observed, whose
from dunwell.domain.policies import Settings

from tests.build import LIVE_SINCE, customer, day, invoice, rules, settings


@pytest.mark.parametrize(
    ("facts", "chosen", "rule"),
    [
        ({}, {}, None),
        ({"processor_next_attempt_at": day(3)}, {}, "processor_retries"),
        ({"processor_next_attempt_at": day(0, 1), "attempted": False}, {}, "processor_attempts_first"),
        ({"auto_advance": False}, {}, "not_handed_over"),
        ({"auto_advance": False}, {"collect_without_auto_advance": True}, None),
        ({"auto_advance": False, "metadata": {"dunwell_collect": " True "}}, {}, None),
        ({"metadata": {"dunwell_collect": "false"}}, {}, "kept_out"),
        (
            {"metadata": {"dunwell_collect": "true"}, "processor_next_attempt_at": day(3)},
            {},
            "processor_retries",
        ),
    ],
)
def test_an_invoice_is_ours_only_where_nobody_else_collects_it(facts, chosen, rule):
    """Never both: what the processor has scheduled itself is left alone, whatever else is said."""
    found = whose(invoice(**facts), customer(), settings(**chosen))
    assert rules([found] if found else []) == ([rule] if rule else [])


def test_a_new_installation_only_observes():
    """Until the owner activates it."""
    found = observed(invoice(), Settings())
    assert rules([found]) == ["observe_mode"]


@pytest.mark.parametrize(
    ("facts", "chosen", "live"),
    [
        ({"finalized_at": day(0)}, {}, True),
        ({"finalized_at": LIVE_SINCE}, {}, True),
        ({"finalized_at": day(-100)}, {}, False),
        ({"finalized_at": None, "created_at": day(-100)}, {}, False),
        ({"finalized_at": day(-100)}, {"adopt_open_invoices": True}, True),
        ({"finalized_at": day(-100), "metadata": {"dunwell_collect": "true"}}, {}, True),
    ],
)
def test_an_invoice_open_before_the_activation_is_observed_until_it_is_adopted(facts, chosen, live):
    """It depends on when it was finalized, not on which event was heard first."""
    found = observed(invoice(**facts), settings(**chosen))
    assert rules([found] if found else []) == ([] if live else ["open_before_activation"])
