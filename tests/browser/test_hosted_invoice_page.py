"""The hosted invoice page in a browser: each state, each choice, every width, keyboard and screen reader."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from dunwell.domain.policies import LANGUAGES

from sandbox.fake_stripe.bank import APPROVED, declined, pending
from tests.browser.conftest import shoot

pytestmark = pytest.mark.browser

NO_FUNDS = declined("insufficient_funds")


def promise(told):
    told.visits(told.link() + "/promise", day="2026-03-07")


def dispute(told):
    told.visits(told.link() + "/dispute", complaint="wrong", note="The quantity is wrong.")


def says_paid(told):
    told.visits(told.link() + "/dispute", complaint="already_paid", note="By bank transfer on Monday.")


def invoice_of(told):
    (invoice,) = told.sandbox.account.objects["invoice"].values()
    return invoice


def pays(told):
    told.sandbox.account.pay_part(invoice_of(told), invoice_of(told)["amount_remaining"])
    told.sandbox.driver.drain()


def is_asked(told):
    """The bank has the payer confirm: what Stripe then says of the intent."""
    (intent,) = told.sandbox.account.objects["payment_intent"].values()
    intent["status"] = "requires_action"


def pays_a_part(told):
    told.sandbox.account.pay_part(invoice_of(told), 1000)
    told.sandbox.driver.drain()


def voids(told):
    told.sandbox.account.void(invoice_of(told))
    told.sandbox.driver.drain()


def writes_off(told):
    told.sandbox.account.mark_uncollectible(invoice_of(told))
    told.sandbox.driver.drain()


STATES = {
    "failed": (NO_FUNDS, None, "We will try Visa •••• 4242 again"),
    "other-method": (declined("expired_card"), None, "cannot be charged"),
    "action-required": (
        NO_FUNDS,
        is_asked,
        "Your bank asks you to confirm the payment.",
    ),
    "promised": (NO_FUNDS, promise, "You have promised to pay by March 7, 2026"),
    "disputed": (NO_FUNDS, dispute, "something is wrong with this invoice"),
    "says-paid": (NO_FUNDS, says_paid, "You told us that you have paid."),
    "part-paid": (NO_FUNDS, pays_a_part, "Received so far: €10.00"),
    "paid": (NO_FUNDS, pays, "Paid. Thank you!"),
    "void": (NO_FUNDS, voids, "This invoice was cancelled."),
    "uncollectible": (NO_FUNDS, writes_off, "This invoice was closed unpaid."),
}
"""What happens, and what the page then says."""


def in_state(told, state):
    answer, happens, says = STATES[state]
    told.fails(answer)
    if happens is not None:
        happens(told)
    return says


RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def looks_right(page, name):
    """No violation that axe-core knows, with every choice open, and nothing to scroll sideways."""
    for details in page.locator("details").all():
        details.evaluate("element => element.open = true")
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shoot(page, name)


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_told_accessibly_at_every_width(told, opened, state):
    """320 and 1280 pixels, light and dark: no violation that axe-core knows, nothing to scroll sideways."""
    says = in_state(told, state)
    for width, dark in ((320, False), (320, True), (1280, False), (1280, True)):
        page = opened(width, dark=dark)
        assert page.get_by_text(says).first.is_visible()
        looks_right(page, f"{state}-{width}-{'dark' if dark else 'light'}")


def test_a_payment_on_its_way_is_told(told, opened):
    """Nothing is asked for meanwhile, and nothing offered."""
    told.fails(NO_FUNDS, pending(timedelta(days=3)))
    told.visits(told.link() + "/retry", confirm="yes")
    told.sandbox.driver.drain()
    page = opened(320)
    assert page.get_by_text("Your payment is on its way.").is_visible()
    assert not page.get_by_text("Pay now", exact=True).is_visible()
    looks_right(page, "processing-320")


def test_a_refused_choice_and_a_page_that_is_not_there_are_told_accessibly(told, opened):
    """Why, beside what was filled in; the title says it first."""
    told.fails()
    page = opened(320)
    page.get_by_text("Promise a day by which you pay").click()
    page.get_by_label("I will pay by").evaluate("day => { day.max = ''; day.value = '2027-01-01' }")
    page.get_by_role("button", name="Promise to pay").click()
    page.get_by_role("alert").wait_for()
    assert page.title().startswith("That did not work: ")
    day = page.get_by_label("I will pay by")
    assert day.get_attribute("aria-invalid") == "true"
    assert page.locator(f"#{day.get_attribute('aria-describedby')}").is_visible()
    looks_right(page, "refused-320")
    page.goto(page.url.split("/i/")[0] + "/i/in_9.nothing")
    assert page.get_by_text("There is no such page").is_visible()
    looks_right(page, "missing-320")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_overflows_a_small_telephone(told, opened, language):
    """The failed invoice's page with every choice open."""
    told.fails(preferred_locales=[language])
    page = opened(320)
    assert page.locator("html").get_attribute("lang") == language
    looks_right(page, f"language-{language}-320")


def test_the_page_is_one_request(told, opened):
    """Nothing is fetched beside it, and no script runs in it."""
    told.fails()
    page = opened()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    assert asked == [page.url]
    assert page.locator("script").count() == 0


def reaches(page, name):
    """Goes on with the tabulator until what is focussed says so, as somebody without a mouse does."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focussed = page.evaluate("document.activeElement.innerText || document.activeElement.name || ''")
        if focussed.startswith(name):
            return
    raise AssertionError(f"the tabulator never reaches {name}")


def test_a_promise_made_with_the_keyboard_rests_and_then_resumes(told, opened):
    """From the mail to the page, to the reminder that rests and the retry that follows by itself."""
    told.fails()
    page = opened()
    reaches(page, "Promise a day by which you pay")
    page.keyboard.press("Enter")
    reaches(page, "day")
    page.keyboard.type("03072026")
    reaches(page, "Promise to pay")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    assert "Until March 7, 2026 we send no reminders" in page.get_by_role("status").inner_text()
    told.comes_to(5.9)
    assert told.charges() == [(0.0, "failed")]
    told.comes_to(6.4)
    assert told.charges()[1:] == [(6.0, "failed")]
    told.ends_well()


def test_a_dispute_is_told_with_the_keyboard(told, opened):
    """The radio by its arrow, the note by its letters."""
    invoice = told.fails()
    page = opened()
    reaches(page, "Tell us what is wrong")
    page.keyboard.press("Enter")
    reaches(page, "complaint")
    page.keyboard.press("ArrowDown")
    reaches(page, "note")
    page.keyboard.type("The quantity is wrong.")
    reaches(page, "Tell us")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    assert told.reasons(invoice) == ["disputed"]


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
    """A line in Hebrew stays within itself: the amount stands behind it. Controls of direction are gone."""
    told.has_customer()
    told.has_method(NO_FUNDS)
    line = {
        "description": "\u05d0\u05d3\u05d4 (49) \u202eevil",
        "amount": 4900,
        "currency": "eur",
        "quantity": 1,
    }
    told.bills(lines={"object": "list", "data": [line], "has_more": False})
    told.comes_to(0.3)
    page = opened(320)
    assert "\u202e" not in page.content()
    line = page.locator("th bdi").first
    assert line.inner_text() == "\u05d0\u05d3\u05d4 (49) evil"
    amount = page.locator("th + td").first
    assert line.bounding_box()["x"] < amount.bounding_box()["x"]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shoot(page, "right-to-left-320")


def test_the_printed_page_has_no_buttons(told, opened):
    """Only what the invoice says."""
    told.fails()
    page = opened()
    page.emulate_media(media="print")
    assert not page.get_by_text("Pay now", exact=True).is_visible()
    assert not page.get_by_role("button").first.is_visible()
    assert not page.get_by_text("What else you can do").is_visible()
    assert not page.get_by_text("You pay on the secure page").is_visible()
    assert page.get_by_text("€49.00").first.is_visible()
