"""The settings in their table: the newest readable version counts."""

from datetime import timedelta

from sandbox.stack import LIVE, Options, open_sandbox
from tests.build import DAY_0


def version_used(sandbox):
    sandbox.driver.clock.shift(timedelta(minutes=1))
    customer = sandbox.account.create_customer(email="ada@customer.example.com")
    invoice = sandbox.account.finalize(sandbox.account.create_invoice(customer, 100))
    sandbox.run_until(sandbox.driver.now() + timedelta(seconds=1))
    entry = sandbox.ledger(invoice["id"])[-1]
    return entry["settings_version"], entry["reasons"][0]["rule"]


def test_the_highest_version_counts_and_a_wrong_one_is_passed_over():
    """It is told of loudly; nothing stops, nothing is dead-lettered."""
    with open_sandbox(DAY_0, Options(settings={})) as sandbox:
        assert version_used(sandbox) == (0, "processor_attempts_first")
        sandbox.apply_settings(LIVE)
        assert version_used(sandbox)[0] == 1
        sandbox.apply_settings({"retry": {"retries": 99}})
        assert version_used(sandbox)[0] == 1
        sandbox.apply_settings({**LIVE, "time_zone": "Europe/Berlin"})
        assert version_used(sandbox)[0] == 3
        assert sandbox.driver.failures == []
