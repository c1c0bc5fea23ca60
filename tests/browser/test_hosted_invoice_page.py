"""The hosted invoice page in a browser: each state, each choice, every width, keyboard and screen reader."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from sandbox.fake_stripe.bank import APPROVED, declined
from tests.browser.conftest import shoot

pytestmark = pytest.mark.browser

NO_FUNDS = declined("insufficient_funds")


def promise(told):
    told.visits(told.link() + "/promise", day="2026-03-07")


def dispute(told):
    told.visits(told.link() + "/dispute", complaint="wrong", note="The quantity is wrong.")


def pays(told):
    (invoice,) = told.sandbox.account.objects["invoice"].values()
    told.sandbox.account.pay_part(invoice, invoice["amount_remaining"])
    told.sandbox.driver.drain()


STATES = {
    "failed": (NO_FUNDS, None, "We will try Visa •••• 4242 again"),
    "other-method": (declined("expired_card"), None, "cannot be charged"),
    "promised": (NO_FUNDS, promise, "You will pay by March 7, 2026"),
    "disputed": (NO_FUNDS, dispute, "You told us that something is wrong"),
    "paid": (NO_FUNDS, pays, "Paid. Thank you!"),
}


def in_state(told, state):
    answer, happens, says = STATES[state]
    told.fails(answer)
    if happens is not None:
        happens(told)
    return says


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_told_accessibly_at_every_width(told, opened, state):
    """320 and 1280 pixels, light and dark: no violation that axe-core knows, nothing to scroll sideways."""
    says = in_state(told, state)
    for width, dark in ((320, False), (320, True), (1280, False), (1280, True)):
        page = opened(width, dark=dark)
        assert page.get_by_text(says).first.is_visible()
        for details in page.locator("details").all():
            details.evaluate("element => element.open = true")
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        shoot(page, f"{state}-{width}-{'dark' if dark else 'light'}")


def test_the_page_is_one_request(told, opened):
    """Nothing is fetched beside it, and no script runs in it."""
    told.fails()
    page = opened()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    assert asked == [page.url]
    assert page.locator("script").count() == 0


def test_a_promise_made_with_the_keyboard_rests_and_then_resumes(told, opened):
    """From the mail to the page, to the reminder that rests and the retry that follows by itself."""
    told.fails()
    page = opened()
    page.get_by_text("Promise a day by which you pay").focus()
    page.keyboard.press("Enter")
    page.get_by_label("I pay by").fill("2026-03-07")
    page.get_by_label("I pay by").press("Tab")
    for _ in range(4):  # the date's own parts, then the button
        if page.evaluate("document.activeElement.tagName") == "BUTTON":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    assert "We rest until March 7, 2026" in page.get_by_role("status").inner_text()
    told.comes_to(5.9)
    assert told.charges() == [(0.0, "failed")]
    told.comes_to(6.4)
    assert told.charges()[1:] == [(6.0, "failed")]
    told.ends_well()


def test_a_day_is_picked_by_mouse(told, opened):
    """And the card is charged on it."""
    told.fails(NO_FUNDS, APPROVED)
    page = opened(1280)
    page.get_by_text("Choose the day on which we try again").click()
    page.get_by_label("Day", exact=True).fill("2026-03-05")
    page.get_by_role("button", name="Choose this day").click()
    page.get_by_role("status").wait_for()
    told.comes_to(4)
    assert told.charges() == [(0.0, "failed"), (3.0, "succeeded")]


def test_the_card_is_tried_at_once(told, opened):
    """One press opens the confirmation, the next one confirms."""
    told.fails(NO_FUNDS, APPROVED)
    page = opened()
    page.get_by_text("Try Visa •••• 4242 again now").click()
    page.get_by_role("button", name="Yes, try it now").click()
    page.get_by_role("status").wait_for()
    told.sandbox.driver.drain()
    page.reload()
    assert page.get_by_text("Paid. Thank you!").is_visible()


def test_a_dispute_is_told_with_a_note(told, opened):
    """What is missing the browser asks for itself; then everything rests."""
    invoice = told.fails()
    page = opened()
    page.get_by_text("Tell us what is wrong").first.click()
    page.get_by_label("I have already paid").check()
    page.get_by_role("button", name="Tell us").click()
    assert page.get_by_role("status").count() == 0, "a note is required"
    page.get_by_label("What should we know?").fill("By bank transfer on Monday.")
    page.get_by_role("button", name="Tell us").click()
    page.get_by_role("status").wait_for()
    assert told.reasons(invoice) == ["disputed"]


def test_a_language_is_chosen(told, opened):
    """The page speaks it at once; Japanese has no overflow either."""
    told.fails()
    page = opened(320)
    page.get_by_label("Language").select_option("ja")
    page.get_by_role("button", name="Change").click()
    page.locator("html[lang=ja]").wait_for(state="attached")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shoot(page, "japanese-320")


def test_text_from_right_to_left_turns_nothing_around(told, opened):
    """A name in Hebrew stays where it is; controls that turn the direction are gone."""
    told.fails(name="\u05d0\u05d3\u05d4 \u202eevil")
    page = opened(320)
    assert "\u202e" not in page.content()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_printed_page_has_no_buttons(told, opened):
    """Only what the invoice says."""
    told.fails()
    page = opened()
    page.emulate_media(media="print")
    assert not page.get_by_text("Pay now", exact=True).is_visible()
    assert not page.get_by_role("button").first.is_visible()
    assert page.get_by_text("€49.00").first.is_visible()
