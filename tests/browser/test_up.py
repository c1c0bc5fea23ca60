"""`dunwell up` and a browser, end to end: a promise on a failed invoice's page, what rests, what resumes."""

import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.cloud.translation import ROOT
from sandbox.owner.door import SandboxDoor
from tests.browser.conftest import shoot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

SPEED = 14_400
"""Virtual seconds a second: a day takes six."""


@pytest.fixture
def up():
    """The command in a process of its own, and the address of the page that it tells."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-u", "-m", "sandbox.cli", "up", "--port", str(port), "--speed", str(SPEED)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        told = ""
        while "mails  " not in told:
            line = process.stdout.readline()
            assert line, "it ended without having stood"
            told += line
        page = next(line.split()[-1] for line in told.splitlines() if "hosted page" in line)
        yield page, SandboxDoor(port)
        process.terminate()


def within(seconds, look):
    """What a look finds, once it finds something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError("it did not happen in time")


def story_of(door, invoice_id):
    """What the payer said, the instants of the attempts, and the mails that were sent, of one invoice."""
    told = door.ask("invoice.show", invoice_id=invoice_id)["invoice"]
    attempts = [one["started_at"] for one in told["facts"].get("attempts", ())]
    mails = [(one["at"], one["kind"]) for one in told["mails"] if one["state"] == "sent"]
    return told["facts"]["invoice"].get("word") or {}, attempts, mails


def promises(page):
    """Fills the page's form in, with the third day that it offers."""
    page.get_by_text("Promise a day by which you pay").click()
    day = page.get_by_label("I will pay by")
    third = datetime.fromisoformat(day.get_attribute("min")).date() + timedelta(days=2)
    day.fill(third.isoformat())
    page.get_by_role("button", name="Promise to pay").click()
    page.get_by_role("status").wait_for()
    shoot(page, "up-promised")


def test_a_promise_rests_the_mails_which_then_resume(browser, up):
    """Nothing but its confirmation is mailed and nothing charged until its day is over; then both go on."""
    address, door = up
    invoice_id = address.rsplit("/", 1)[1].split(".")[0]
    page = browser.new_page(viewport={"width": 390, "height": 800})

    def failed():
        page.goto(address)
        return page.get_by_text("A payment failed").is_visible()

    within(60, failed)
    promises(page)
    (promise,) = story_of(door, invoice_id)[0]["promises"]
    made_at, ends_at = promise["made_at"], promise["ends_at"]
    assert datetime.fromisoformat(ends_at) - datetime.fromisoformat(made_at) > timedelta(days=1)

    def resumed():
        _, attempts, mails = story_of(door, invoice_id)
        return any(at > ends_at for at in attempts) and any(at > ends_at for at, _ in mails)

    within(240, resumed)
    _, attempts, mails = story_of(door, invoice_id)
    assert [at for at in attempts if made_at < at <= ends_at] == []
    assert {kind for at, kind in mails if made_at < at <= ends_at} <= {"promise_confirmed"}
    assert next(kind for at, kind in mails if at > ends_at) == "payment_failed"
    page.goto(address)
    assert page.get_by_text("You promised to pay by").is_visible()
    assert datetime.now(UTC) < datetime.fromisoformat(ends_at), "it was virtual time that passed"
    page.close()
