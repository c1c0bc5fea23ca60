"""The console in a browser: every page at every width, and an exception made with the keyboard alone."""

import threading

import pytest
from axe_playwright_python.sync_playwright import Axe

from sandbox.fake_stripe.bank import declined
from sandbox.owner.console.server import serve
from sandbox.owner.door import SandboxDoor
from tests.browser.conftest import shoot

pytestmark = pytest.mark.browser


@pytest.fixture
def console(told, unused_port):
    """The address of a console over a story with one failed invoice, and that invoice."""
    invoice = told.fails(declined("insufficient_funds"))
    server = serve(SandboxDoor(unused_port), 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", invoice
    server.shutdown()
    server.server_close()


@pytest.fixture
def window(browser):
    contexts = []

    def open_window(width, *, dark=False):
        scheme = "dark" if dark else "light"
        contexts.append(browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme))
        return contexts[-1].new_page()

    yield open_window
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    "page_of", ["/", "/invoice/{id}", "/customer/{customer}", "/report", "/settings", "/nothing"]
)
def test_each_page_is_accessible_at_every_width(console, window, page_of):
    """320 and 1280 pixels, light and dark: no violation that axe-core knows, one request, no scroll aside."""
    address, invoice = console
    for width, dark in ((320, False), (320, True), (1280, False), (1280, True)):
        page, asked = window(width, dark=dark), []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(address + page_of.format(**invoice))
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert len(asked) == 1
        name = page_of.strip("/").split("/")[0] or "book"
        shoot(page, f"console-{name}-{width}-{'dark' if dark else 'light'}")


def test_a_pause_is_made_with_the_keyboard_alone(console, window, told):
    """From the book to the invoice, a day, a reason, Enter: everything rests."""
    address, invoice = console
    page = window(1280)
    page.goto(address)
    page.get_by_role("link", name=invoice["number"]).focus()
    page.keyboard.press("Enter")
    page.get_by_label("until").first.focus()
    page.keyboard.type("03202026")
    page.keyboard.press("Tab")
    page.get_by_label("why").first.focus()
    page.keyboard.type("moves house")
    page.keyboard.press("Enter")
    assert page.get_by_role("status").inner_text().startswith("Done: pause")
    told.comes_to(0.5)
    assert told.reasons(invoice) == ["paused"]
