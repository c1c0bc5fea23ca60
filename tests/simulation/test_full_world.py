"""What the full model's witness sees: through SES's events, tables and the handlers, not through ports."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from dunwell.domain.policies import MessagePolicy, Settings

from sandbox.simulation.choices import Choices
from sandbox.simulation.faults import Faults
from sandbox.simulation.full.world import open_full_world
from tests.build import DAY_0, LIVE_SINCE
from tests.simulation.planted import BANK

SETTINGS = Settings(
    version=1, active_since=LIVE_SINCE, messages=MessagePolicy(reminder_offsets_days=(-2, 0, 2))
)
ADDRESS = "ada@customer.example.com"


def bounced(name):
    """A week of one invoice whose first mail bounces, with a bug planted or none."""
    plants = {bug.name: bug.plant for bug in BANK}
    choices = Choices(0, given=[])
    with (
        plants.get(name, nullcontext)(),
        open_full_world(DAY_0, SETTINGS, choices, Faults(choices), disordered=False, told=False) as world,
    ):
        world.bounce(ADDRESS)
        customer = world.account.create_customer(email=ADDRESS)
        fields = {"collection_method": "send_invoice", "days_until_due": 4}
        world.account.finalize(world.account.create_invoice(customer, 4900, **fields))
        world.sandbox.run_until(DAY_0 + timedelta(days=7))
        return world.witness


def test_an_address_that_bounced_is_known_once_it_is_stored():
    """One mail, and no more."""
    witness = bounced(None)
    assert witness.found is None
    assert list(witness.suppressed) == [ADDRESS]
    assert len(witness.mails) == 1


@pytest.mark.timeout(180)
def test_a_mail_to_it_would_be_seen():
    """The bank's bug of the fast model, on the deployed functions."""
    assert bounced("suppressed-address-written-to").found.invariant == "R5"
