"""What the customer's page shows, in which language, and where its mails lead."""

import re

import pytest

from sandbox.fake_stripe.bank import declined


def test_the_language_that_is_chosen_is_that_of_page_and_mails(story):
    """From then on, for this invoice."""
    told = story()
    told.fails()
    page = told.visits(told.link() + "/language", language="de")
    assert '<html lang="de">' in page["body"]
    assert "Bisheriger Verlauf" in page["body"]
    told.comes_to(3)
    assert "Zahlung fehlgeschlagen" in str(told.sandbox.mails()[-1]["Subject"])


def test_a_choice_is_confirmed_only_as_long_as_it_holds(story):
    """The card was tried, the promised day is past, the dispute is answered: no word of it any more."""
    told = story()
    told.fails(declined("insufficient_funds"))
    path = told.link()
    assert "We are trying it." in told.visits(path + "/retry", confirm="yes")["body"]
    told.comes_to(0.5)
    assert "We are trying it." not in told.visits(path + "?done=retry")["body"]
    assert "Until March 5, 2026 we send" in told.visits(path + "/promise", day="2026-03-05")["body"]
    told.comes_to(5)
    assert "March 5, 2026 we send" not in told.visits(path + "?done=promise")["body"]
    told.ends_well()


def test_who_says_that_they_paid_is_told_so(story):
    """Not that something is wrong."""
    told = story()
    told.fails()
    body = told.visits(told.link() + "/dispute", complaint="already_paid", note="On Monday.")["body"]
    assert "You told us that you have paid." in body
    assert "something is wrong with this invoice" not in body


def test_who_unsubscribes_is_answered_in_their_own_language(story):
    """The customer's, whatever the browser's."""
    told = story()
    told.fails(preferred_locales=["fr"])
    assert "Ne plus recevoir" in told.visits(told.link() + "/unsubscribe")["body"]


def test_what_others_wrote_stays_text_on_the_page(story):
    """Markup in the owner's name and in a line."""
    told = story({"branding": {"name": "<script>alert(1)</script>"}})
    nasty = "<img src=x onerror=alert(1)>\u202e"
    told.fails(name=nasty)
    path = told.link()
    told.visits(path + "/dispute", complaint="wrong", note=nasty)
    body = told.visits(path)["body"]
    assert "<script" not in body
    assert "<img" not in body
    assert "\u202e" not in body


def test_a_page_is_small_and_asks_for_nothing_else(story):
    """One request, under 50 kB, no script."""
    told = story()
    told.fails()
    body = told.visits(told.link())["body"]
    assert len(body.encode()) < 50_000
    assert not re.search(r"<script|src=|@import|url\(", body)
    assert re.findall(r'<link rel="(\w+)" href="([^"]*)"', body) == [("icon", "data:,")]


@pytest.mark.parametrize(
    ("link", "told_link"),
    [
        ("processor", "https://invoice.example.com/i/"),
        ("https://pay.northwind.example/{invoice_id}", "https://pay.northwind.example/in_"),
    ],
)
def test_mails_lead_where_the_owner_wants(story, link, told_link):
    """To the processor's page, or to one of the owner's."""
    told = story({"messages": {"link": link}})
    told.fails()
    assert told_link in told.sandbox.mails()[-1].get_body(("plain",)).get_content()
    assert told.sandbox.items("PagesTable") == []
    told.sends()
    told.comes_to(12)
    mail = told.sandbox.mails()[-1]
    assert told_link in mail.get_body(("plain",)).get_content()
    path = "/i/" + str(mail["List-Unsubscribe"]).strip("<>").split("/i/")[1]
    assert "Stop these mails" in told.visits(path)["body"], "mails that only help can be ended on our page"


def test_a_customer_unsubscribes_from_mails_that_only_help(story):
    """With one click of the mail program's, as the header says; reminders of what is due still come."""
    told = story()
    told.has_customer()
    told.sends()
    told.comes_to(11.5)
    mail = told.sandbox.mails()[-1]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = str(mail["List-Unsubscribe"]).strip("<>")
    path = "/i/" + url.split("/i/")[1]
    answer = told.sandbox.driver.respond("POST", path, b"List-Unsubscribe=One-Click", {})
    assert answer["statusCode"] == 200, "mail programs follow nothing"
    assert "no more mails of this kind" in answer["body"]
    told.sends()
    told.comes_to(29)
    kinds = [kind for day, kind in told.mails() if day > 12]
    assert "reminder:-3" not in kinds
    assert "reminder:+0" in kinds
    assert "List-Unsubscribe" not in told.sandbox.mails()[-1]
    told.ends_well()
