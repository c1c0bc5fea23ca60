"""Invoices that the customer pays: reminded, partially paid, credited, processing over the due date."""

from datetime import timedelta

from sandbox.fake_stripe.bank import declined, pending


def test_a_reminder_schedule_with_a_partial_payment_and_a_tolerance(story):
    """Days 0 to 90: reminded before and on the due date, 49.50 of 50.00 paid, the rest credited at night."""
    told = story({"tolerance": {"eur": 100}, "past_due": {"action": "mark_uncollectible", "after_days": 30}})
    told.has_customer()
    invoice = told.sends(5000)
    account = told.sandbox.account
    account.at(
        told.sandbox.driver.now() + timedelta(days=15, hours=2), lambda: account.pay_part(invoice, 4950)
    )

    told.comes_to(14.5)
    assert told.mails() == [(0.0, "invoice_finalized"), (11.0, "reminder:-3"), (14.0, "reminder:+0")]

    told.comes_to(15.5)
    assert told.reasons(invoice) == ["within_tolerance", "messages_suppressed"]
    assert invoice["status"] == "open"

    told.comes_to(90)
    (note,) = account.objects["credit_note"].values()
    assert (note["amount"], invoice["status"]) == (50, "paid")
    assert told.mails()[3:] == []
    told.ends_well()


def test_a_shortfall_beyond_the_tolerance_is_chased(story):
    """One cent too much: the reminders go on, over what remains."""
    told = story({"tolerance": {"eur": 100}})
    told.has_customer()
    invoice = told.sends(5000)
    told.comes_to(13)
    told.sandbox.account.pay_part(invoice, 4899)
    told.comes_to(90)
    assert invoice["status"] == "open"
    assert [kind for _, kind in told.mails()][-3:] == ["reminder:+3", "reminder:+7", "reminder:+14"]
    last = told.sandbox.mails()[-1].get_body(("plain",)).get_content()
    assert "€1.01" in last
    assert "Received so far: €48.99" in last


def test_a_small_invoice_that_nobody_paid_in_part_is_not_credited(story):
    """Its whole amount is within the tolerance; it is still owed."""
    told = story({"tolerance": {"eur": 100}})
    told.has_customer()
    invoice = told.sends(90)
    told.comes_to(60)
    assert invoice["status"] == "open"
    assert not told.sandbox.account.objects["credit_note"]


def test_a_bank_debit_processing_over_a_due_date(story):
    """Days 13 to 18: no reminder on the due date while the debit is processing; then it is paid."""
    told = story()
    told.has_customer()
    told.has_method(pending(timedelta(days=5)), kind="us_bank_account")
    invoice = told.sends(5000)
    told.comes_to(13)
    told.sandbox.account.pay(invoice, by="payer")
    told.comes_to(17)
    assert told.reasons(invoice) == ["payment_processing", "messages_suppressed"]
    told.comes_to(90)
    assert invoice["status"] == "paid"
    assert told.mails() == [(0.0, "invoice_finalized"), (11.0, "reminder:-3")]
    told.ends_well()


def test_an_unpaid_invoice_is_reminded_of_and_left_past_due(story):
    """All five reminders, each once, each on its local day at nine in New York; then silence."""
    told = story({"messages": {"invoice_finalized": False}})
    told.has_customer(address={"country": "US", "state": "NY"})
    invoice = told.sends()
    told.comes_to(90)
    assert [kind for _, kind in told.mails()] == [f"reminder:{n}" for n in ("-3", "+0", "+3", "+7", "+14")]
    hours = {record["at"][11:16] for record in told.records()}
    assert hours == {"13:00"}  # nine o'clock there, in summer time since 8 March
    assert invoice["status"] == "open"
    told.ends_well()


def test_an_outage_over_three_reminders_ends_in_one(story):
    """Nothing ran for nine days: the newest reminder is sent, the others are skipped with their reason."""
    told = story({"messages": {"invoice_finalized": False, "grace_days": 4}})
    told.has_customer()
    told.sends()
    told.comes_to(12)
    told.sandbox.driver.clock.shift(timedelta(days=9))
    told.comes_to(24)
    told_of = {record["key"].rsplit(":", 1)[1]: record["state"] for record in told.records()}
    assert told_of == {"-3": "sent", "+0": "skipped", "+3": "skipped", "+7": "sent"}
    why = {record["key"].rsplit(":", 1)[1]: record.get("reason", "") for record in told.records()}
    assert why["+0"].startswith("too_late")


def test_a_payment_in_the_last_minute_stops_the_reminder(story):
    """It was handed over already; the processor's word of the moment decides."""
    told = story({"messages": {"invoice_finalized": False}})
    told.has_customer()
    invoice = told.sends()
    told.comes_to(10.9)
    account = told.sandbox.account
    account.at(
        told.sandbox.driver.now() + timedelta(hours=2, minutes=24), lambda: account.pay_part(invoice, 4900)
    )
    told.sandbox.webhooks.deliver = lambda body, headers: 503
    told.comes_to(14.5)
    assert told.sandbox.mails() == []
    assert {record["state"] for record in told.records()} == {"skipped"}


def test_a_mail_handed_over_at_night_waits_for_the_morning(story):
    """Redriven, or late: the hours are asked again just before it leaves."""
    told = story({"messages": {"invoice_finalized": False}})
    told.has_customer()
    told.sends()
    told.comes_to(10.999)
    driver = told.sandbox.driver
    driver.clock.shift(timedelta(minutes=3))
    told.sandbox.functions.invoke("DueDispatch", {})
    told.sandbox.functions.invoke("ReminderDispatch", {"Records": [message(told.customer["id"])]})
    driver.clock.shift(timedelta(hours=12))
    driver.drain()
    assert told.sandbox.mails() == []
    told.comes_to(12.1)
    assert len(told.sandbox.mails()) == 1
    assert told.records()[0]["state"] == "sent"


def message(customer_id):
    return {
        "messageId": "m",
        "body": f'{{"customer_id": "{customer_id}"}}',
        "eventSource": "aws:sqs",
        "attributes": {},
    }


def test_a_reminder_beside_an_unresolved_payment_is_not_lost(story):
    """It rests while the outcome is unknown, and leaves once it is known."""
    both = {"reminder_collection_methods": ["charge_automatically"], "reminder_offsets_days": [2]}
    told = story({"messages": {**both, "payment_failed": False, "send_from_hour": 0, "send_until_hour": 24}})
    told.has_customer()
    told.has_method(declined("insufficient_funds"))
    told.bills()
    told.comes_to(1.9)
    told.sandbox.api.lose_next_answer_to("pay")
    told.comes_to(3.5)
    assert [kind for _, kind in told.mails()] == ["reminder:+2"]
    told.ends_well()


def test_an_address_that_bounces_gets_one_mail_and_no_more(story):
    """SES's own event says so twenty seconds later; every later reminder is skipped with that reason."""
    told = story()
    told.sandbox.post_office.fate = lambda _: ("Bounce",)
    told.has_customer()
    told.sends()
    told.comes_to(40)
    assert told.mails() == [(0.0, "invoice_finalized")]
    skipped = [r["reason"].split(":")[0] for r in told.records() if r["state"] == "skipped"]
    assert skipped == ["suppressed"] * 5
    told.ends_well()


def test_what_bounces_goes_to_the_second_address(story):
    """On the next day, once; and so does all that follows."""
    told = story()
    told.sandbox.post_office.fate = lambda to: ("Bounce",) if "ada@" in to else ("Delivery",)
    told.has_customer(metadata={"dunwell_email": "accounts@customer.example.com"})
    told.sends()
    told.comes_to(12)
    assert told.mails() == [
        (0.0, "invoice_finalized"),
        (1.0, "invoice_finalized:rerouted"),
        (11.0, "reminder:-3"),
    ]
    to = [str(mail["To"]) for mail in told.sandbox.mails()]
    assert to == ["ada@customer.example.com", *["accounts@customer.example.com"] * 2]
    told.ends_well()


def test_one_statement_speaks_for_one_brand_alone(story):
    """Two invoices that automations give other looks: each in its own, the second one on the next day."""
    brands = [
        {"name": one, "when": {"invoice_metadata": {"shop": [one]}}, "settings": {"branding": {"name": one}}}
        for one in ("North", "South")
    ]
    told = story({"automations": brands, "messages": {"reminder_offsets_days": [0]}})
    told.has_customer()
    for shop in ("North", "North", "South"):
        told.sends(metadata={"shop": shop})
    told.comes_to(16.5)
    first, second = told.sandbox.mails()[-2:]
    names = [str(mail["From"].addresses[0].display_name) for mail in (first, second)]
    assert names == ["North", "South"]
    assert str(first["Subject"]) == "2 open invoices from North"
    assert told.mails()[-2:] == [(14.0, "reminder:+0"), (15.0, "reminder:+0")]
    told.ends_well()


def test_reminders_keep_to_the_business_days_of_the_customers_country(story):
    """Due on Saturday, 4 April: the reminder of that day waits over Easter, and does not say "today"."""
    told = story({"messages": {"business_days": True, "reminder_offsets_days": [0, 7]}})
    told.has_customer(address={"country": "DE"})
    told.sends(due_in_days=33)
    told.comes_to(45)
    assert told.mails() == [(0.0, "invoice_finalized"), (35.9, "reminder:+0"), (41.9, "reminder:+7")]
    assert str(told.sandbox.mails()[1]["Subject"]).startswith("Overdue")
    told.ends_well()


def test_several_overdue_invoices_are_one_statement(story):
    """Three of the same day: one mail at each reminder's day, about all that are still open."""
    told = story()
    told.has_customer(preferred_locales=["de"])
    first, second, third = (told.sends(amount) for amount in (1000, 2000, 3000))
    told.comes_to(16.5)
    told.sandbox.account.pay_part(second, 2000)
    told.comes_to(17.5)
    mail = told.sandbox.mails()[-1]
    text = mail.get_body(("plain",)).get_content()
    assert str(mail["Subject"]) == "2 offene Rechnungen von Accounts receivable"
    assert "zusammen 40,00\xa0€" in text
    assert text.count("/i/") == 2
    for invoice in (first, third):
        assert f"{invoice['number']}: " in text
        assert f"Rechnung {invoice['number']} öffnen: " in text
    assert second["number"] not in text
    told.comes_to(21.5)
    assert [day for day, _ in told.mails()] == [0.0, 0.0, 0.0, 11.0, 14.0, 17.0, 21.0]
    assert told.visits("/i/" + text.split("/i/")[2].split()[0])["statusCode"] == 200
    told.ends_well()
