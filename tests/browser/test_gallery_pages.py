"""Every mail in every language, as wide as a small telephone."""

import pytest
from dunwell.domain.policies import LANGUAGES

from sandbox.cli import main
from tests.browser.conftest import shoot

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_mail_overflows_a_small_telephone(browser, tmp_path, language):
    """320 pixels, and nothing to scroll sideways."""
    assert main(["mails", "--folder", str(tmp_path)]) == 0
    page = browser.new_page(viewport={"width": 320, "height": 700})
    for path in sorted((tmp_path / language).glob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path.stem
        shoot(page, f"mail-{language}-{path.stem}")
    page.close()
