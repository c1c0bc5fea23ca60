"""The report's page in a browser: at every width, light, dark and printed, each plot is there and nothing
overflows."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from sandbox.owner.report import report_of
from sandbox.owner.report_page import write_page
from tests.browser.conftest import shoot
from tests.sandbox.owner.test_report import arms

pytestmark = pytest.mark.browser

PAPER = 794
"""Pixels across a sheet of A4."""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_is_read_without_help(browser, tmp_path, width, scheme):
    """No violation that axe-core knows, one request, six plots with something in them."""
    path = write_page(tmp_path / "report.html", report_of(arms(0.8, 0.4)))
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    for media, wide in (("screen", width), ("print", PAPER)):
        page.set_viewport_size({"width": wide, "height": 800})
        page.emulate_media(media=media, color_scheme=scheme)
        page.goto(f"file://{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        plots = page.locator("svg.plot")
        assert plots.count() == 6
        for number in range(6):
            box = plots.nth(number).bounding_box()
            assert box["width"] > 200
            assert box["height"] > 20
            assert plots.nth(number).locator("rect, polyline, circle").count() > 0
        shoot(page, f"report-{width}-{scheme}-{media}")
    page.emulate_media(media="screen", color_scheme=scheme)
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
    assert len(asked) == 2
    context.close()
