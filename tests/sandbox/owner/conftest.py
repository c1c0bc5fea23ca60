"""A sandbox that stands, as `dunwell up` keeps one, and the commands that ask it."""

import threading

import pytest

from sandbox.cli import main
from sandbox.fake_stripe.bank import ScriptedBank, declined
from sandbox.stack import LIVE, Options, open_sandbox
from sandbox.up import Door
from tests.build import DAY_0, day


@pytest.fixture(scope="module")
def standing():
    """A sandbox with one failed invoice, at a port of its own."""
    bank = ScriptedBank()
    with open_sandbox(DAY_0, Options(settings=LIVE, bank=bank)) as sandbox:
        customer = sandbox.account.create_customer(name="Ada Brandt", email="ada@customer.example.com")
        bank.script(sandbox.account.attach_method(customer)["id"], declined("insufficient_funds"))
        invoice = sandbox.account.finalize(sandbox.account.create_invoice(customer, 4900, "eur"))
        sandbox.run_until(day(0.3))
        door = Door(sandbox, threading.Lock(), 0)
        yield sandbox, door.port, invoice
        door.close()


@pytest.fixture
def run(standing, capsys):
    """Runs a command on the sandbox that stands: the exit code, and what was printed, on one line."""
    _, port, _ = standing

    def running(*arguments):
        code = main([*arguments, "--sandbox", str(port)])
        return code, " ".join(capsys.readouterr().out.split())

    return running
