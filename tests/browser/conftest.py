"""A browser, and Dunwell's door on loopback with a page in each of its states behind it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from sandbox.fake_stripe.bank import ScriptedBank
from sandbox.stack import LIVE, Options, open_sandbox
from sandbox.up import Door
from tests.build import DAY_0
from tests.scenarios.conftest import Story

CHROMIUM = "/usr/bin/chromium"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
"""Root has no sandbox; small machines have no graphics, and little shared memory."""

SHOTS = 4
"""Asked for a picture so often: it is for people, and what must hold is asserted elsewhere."""

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; it reaches nothing but this machine."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield launched
        launched.close()


@pytest.fixture
def told(unused_port: int) -> Iterator[Any]:
    """A story whose pages a browser can open, at `told.at`."""
    with ExitStack() as stack:
        bank = ScriptedBank()
        address = f"http://127.0.0.1:{unused_port}/i"
        options = Options(settings=LIVE, bank=bank, parameters={"PageAddress": address})
        sandbox = stack.enter_context(open_sandbox(DAY_0, options))
        door = Door(sandbox, threading.Lock(), unused_port)
        stack.callback(door.close)
        yield Story(sandbox, bank)


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def opened(browser: Browser, told: Any, unused_port: int) -> Iterator[Any]:
    """Opens the page of the last mail in a window of its own; what it asks for is in `page.asked`."""
    contexts = []

    def open_page(width: int = 390, *, dark: bool = False, locale: str = "en-US") -> Page:
        scheme: Any = "dark" if dark else "light"
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, locale=locale
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{unused_port}{told.link()}")
        return page

    yield open_page
    for context in contexts:
        context.close()


def shoot(page: Page, name: str) -> None:
    """Writes a screenshot where a person can look; asked again when a busy Chromium drops the frame."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for left in reversed(range(SHOTS)):
        try:
            page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
        except Error as refused:
            if "Unable to capture screenshot" not in refused.message or not left:
                raise
            page.wait_for_timeout(500)
        else:
            return
