"""Sample events of events/ about one invoice or customer, on the scene that gives them their meaning."""

import json

import pytest

from sandbox.scene import open_scene
from tests.functions.samples import NOW, invoke, stored_event

SECOND_MESSAGE = "2f6c4a4e-7d0a-4a53-9f3c-000000000002"
FIRST_MESSAGE = "2f6c4a4e-7d0a-4a53-9f3c-000000000001"


@pytest.fixture(scope="module")
def scene():
    """One for all: each sample has an invoice or a customer of its own."""
    with open_scene(NOW) as sandbox:
        yield sandbox


def charges(scene, name):
    (payment, *_) = scene.account.payments_of(f"in_sample_{name}")
    return [charge["status"] for charge in scene.account.charges_of(payment["payment"]["payment_intent"])]


def record(scene, customer, key):
    rows = scene.items("CustomersTable")
    part = f"message#{key}"
    found = [row for row in rows if row["customer_id"] == customer and row["part"] == part]
    return json.loads(str(found[0]["body"])) if found else None


def status(scene, name):
    return scene.account.get("invoice", f"in_sample_{name}")["status"]


ALL_DONE = {"batchItemFailures": []}


def test_a_webhook_is_stored_once_and_enqueued(scene):
    """webhook_intake.payment_failed"""
    assert invoke(scene, "webhook_intake.payment_failed")["statusCode"] == 200
    assert stored_event(scene, "evt_sample_intake")["state"] == "stored"


def test_a_forged_binary_body_is_refused_and_leaves_no_trace(scene):
    """webhook_intake.forged_and_binary"""
    before = len(scene.items("EventsTable"))
    answer = invoke(scene, "webhook_intake.forged_and_binary")
    assert (answer["statusCode"], json.loads(answer["body"])["message"]) == (400, "the body is not UTF-8")
    assert len(scene.items("EventsTable")) == before


def test_a_stored_event_is_applied(scene):
    """event_processing.payment_failed"""
    assert invoke(scene, "event_processing.payment_failed") == ALL_DONE
    assert stored_event(scene, "evt_sample_payment_failed")["state"] == "applied"


def test_a_poison_message_fails_alone(scene):
    """event_processing.poison_among_good"""
    assert invoke(scene, "event_processing.poison_among_good") == {
        "batchItemFailures": [{"itemIdentifier": FIRST_MESSAGE}]
    }


def test_a_due_retry_is_made_once(scene):
    """retry_execution.retry_due: a redelivery of the same message does nothing."""
    assert invoke(scene, "retry_execution.retry_due") == ALL_DONE
    assert charges(scene, "retry_due") == ["failed", "failed"]
    assert invoke(scene, "retry_execution.retry_due") == ALL_DONE
    assert charges(scene, "retry_due") == ["failed", "failed"]


def test_an_invoice_paid_meanwhile_is_not_charged(scene):
    """retry_execution.paid_meanwhile"""
    assert invoke(scene, "retry_execution.paid_meanwhile") == ALL_DONE
    assert charges(scene, "paid") == ["failed"]
    assert status(scene, "paid") == "paid"


def test_a_lost_answer_is_asked_for_again_with_the_same_key(scene):
    """attempt_resolution.answer_lost: the fake's idempotency layer replays; no second charge is made."""
    made = charges(scene, "unknown")
    assert invoke(scene, "attempt_resolution.answer_lost") == ALL_DONE
    assert charges(scene, "unknown") == made
    (row,) = [r for r in scene.invoice_rows("in_sample_unknown") if r["part"] == "attempt#dunwell-001"]
    assert json.loads(str(row["body"]))["outcome"] == "declined"


def test_nothing_unknown_means_nothing_is_sent(scene):
    """attempt_resolution.nothing_unknown"""
    before = dict(scene.api.requests)
    assert invoke(scene, "attempt_resolution.nothing_unknown") == ALL_DONE
    assert {r: n for r, n in scene.api.requests.items() if "pay$" in r} == {
        r: n for r, n in before.items() if "pay$" in r
    }


def test_a_due_message_is_decided_and_handed_over(scene):
    """reminder_dispatch.message_due"""
    key = "in_sample_message_due:invoice_finalized"
    assert record(scene, "cus_sample_message_due", key) is None
    assert invoke(scene, "reminder_dispatch.message_due") == ALL_DONE
    assert record(scene, "cus_sample_message_due", key)["state"] == "planned"


def test_an_unknown_customer_is_nothing_and_a_wrong_body_fails_alone(scene):
    """reminder_dispatch.unknown_customer"""
    assert invoke(scene, "reminder_dispatch.unknown_customer") == {
        "batchItemFailures": [{"itemIdentifier": SECOND_MESSAGE}]
    }


def test_a_page_is_looked_at_and_nothing_changes(scene):
    """hosted_invoice.looked_at"""
    before = scene.invoice_rows("in_sample_page")
    answer = invoke(scene, "hosted_invoice.looked_at")
    assert answer["statusCode"] == 200
    assert "123.45" in answer["body"]
    assert scene.invoice_rows("in_sample_page") == before


def test_a_guessed_link_opens_nothing(scene):
    """hosted_invoice.no_such_page"""
    answer = invoke(scene, "hosted_invoice.no_such_page")
    assert answer["statusCode"] == 404
    assert "no such page" in answer["body"]


def test_a_dispute_is_taken_down(scene):
    """hosted_invoice.disputed: it leads back to the page, which says so; everything rests."""
    answer = invoke(scene, "hosted_invoice.disputed")
    assert answer["statusCode"] == 303
    assert answer["headers"]["location"].endswith("?done=dispute")
    assert "You told us that you have paid" in invoke(scene, "hosted_invoice.looked_at")["body"]
    assert scene.ledger("in_sample_page")[-1]["reasons"][0]["rule"] == "disputed"


def test_a_mail_is_sent_once(scene):
    """email_delivery.mail_due: a redelivery finds it sent."""
    before = len(scene.mails())
    for _ in range(2):
        assert invoke(scene, "email_delivery.mail_due") == ALL_DONE
        assert len(scene.mails()) == before + 1
    assert record(scene, "cus_sample_mail_due", "in_sample_mail_due:invoice_finalized")["state"] == "sent"


def test_a_mail_that_nobody_wants_is_not_sent(scene):
    """email_delivery.nobody_wants_it"""
    before = len(scene.mails())
    assert invoke(scene, "email_delivery.nobody_wants_it") == ALL_DONE
    assert len(scene.mails()) == before


def test_a_bounce_keeps_an_address_from_being_written_to(scene):
    """email_feedback.bounced: told twice, it changes nothing more."""
    invoke(scene, "email_delivery.mail_due")
    for _ in range(2):
        assert invoke(scene, "email_feedback.bounced") == ALL_DONE
    told = record(scene, "cus_sample_mail_due", "in_sample_mail_due:invoice_finalized")
    assert (told["state"], told["feedback"]) == ("sent", "bounced")
    parts = [row["part"] for row in scene.items("CustomersTable") if row["part"].startswith("address#")]
    assert parts == ["address#mail_due@customer.example.com"]


def test_a_report_on_no_mail_of_ours_is_left_alone(scene):
    """email_feedback.not_ours"""
    before = scene.items("CustomersTable")
    assert invoke(scene, "email_feedback.not_ours") == ALL_DONE
    assert scene.items("CustomersTable") == before


def test_an_invoice_past_due_is_marked_uncollectible_once(scene):
    """final_action.past_due"""
    for _ in range(2):
        assert invoke(scene, "final_action.past_due") == ALL_DONE
        assert status(scene, "past_due") == "uncollectible"


def test_a_shortfall_is_credited_and_so_paid(scene):
    """final_action.shortfall"""
    for _ in range(2):
        assert invoke(scene, "final_action.shortfall") == ALL_DONE
        assert status(scene, "short") == "paid"
    assert [note["amount"] for note in scene.account.objects["credit_note"].values()] == [50]


def test_nothing_is_given_up_while_a_retry_is_planned(scene):
    """final_action.retry_planned"""
    assert invoke(scene, "final_action.retry_planned") == ALL_DONE
    assert status(scene, "retry_due") == "open"


def test_what_became_of_an_invoice_is_put_on_the_bus(scene):
    """event_publication.payment_failed: both events, as they were announced; once more, they come again."""
    before = len(scene.listener.heard)
    assert invoke(scene, "event_publication.payment_failed") == ALL_DONE
    told = scene.listener.heard[before:]
    assert [(one["id"], one["type"]) for one in told] == [
        ("in_sample_retry_due:1", "invoice.payment_failed"),
        ("in_sample_retry_due:2", "invoice.disputed"),
    ]
    assert told[0]["data"]["next_payment_attempt"] == "2026-03-10T09:00:00+00:00"
    assert invoke(scene, "event_publication.payment_failed") == ALL_DONE
    assert scene.listener.heard[before + 2 :] == told


def test_an_event_is_brought_to_an_endpoint(scene):
    """webhook_delivery.payment_failed: signed; again, it is delivered again."""
    before = len(scene.merchant.taken)
    for _ in range(2):
        assert invoke(scene, "webhook_delivery.payment_failed") == ALL_DONE
    (url, told), again = scene.merchant.taken[before:]
    assert (url, told["id"]) == ("https://hooks.northwind.invalid/dunwell", "in_sample_retry_due:1")
    assert (told["type"], again[1]) == ("invoice.payment_failed", told)


def counted(scene):
    """The report's sums, as far as they are of the samples' day."""
    asked = {"operation": "report", "since": "2026-03-08", "until": "2026-03-08"}
    return scene.functions.invoke("Operations", asked)["sections"]


def test_an_invoice_is_counted_for_what_it_is_now(scene):
    """recovery_counting.payment_recovered: it failed, then it was paid; once more, nothing is counted."""
    for _ in range(2):
        assert invoke(scene, "recovery_counting.payment_recovered") == ALL_DONE
        assert counted(scene)["eur#by"] == {"dunwell|recovered": 1, "dunwell|recovered_amount": 4900}
        assert counted(scene)["retries#hour"] == {"1.10|tried": 1, "1.10|paid": 1}


def test_a_mail_that_was_not_sent_after_all_is_counted_no_more(scene):
    """recovery_counting.mail_not_sent_after_all"""
    assert invoke(scene, "recovery_counting.mail_not_sent_after_all") == ALL_DONE
    assert "mails#kind" not in counted(scene)


def test_an_endpoint_that_left_the_settings_is_told_of_nothing(scene):
    """webhook_delivery.no_such_endpoint: its message is done."""
    before = len(scene.merchant.taken)
    assert invoke(scene, "webhook_delivery.no_such_endpoint") == ALL_DONE
    assert len(scene.merchant.taken) == before


def test_a_reminder_that_was_sent_is_announced_once(scene):
    """event_publication.reminder_sent: on the invoice, with the next number; nothing of one unknown."""
    before = [row["part"] for row in scene.invoice_rows("in_sample_retry_due")]
    assert invoke(scene, "event_publication.reminder_sent") == ALL_DONE
    after = [row["part"] for row in scene.invoice_rows("in_sample_retry_due")]
    (fresh,) = set(after) - set(before)
    assert fresh.startswith("published#")
    assert invoke(scene, "event_publication.reminder_sent") == ALL_DONE
    assert [row["part"] for row in scene.invoice_rows("in_sample_retry_due")] == after


def test_an_owner_asks_why(scene):
    """operations.why: the invoice's facts, and each decision with its reasons and settings."""
    told = invoke(scene, "operations.why")["invoice"]
    assert told["facts"]["invoice"]["id"] == "in_sample_retry_due"
    assert all(entry["reasons"] for entry in told["ledger"])


def test_wrong_settings_are_answered_with_what_would_be_right(scene):
    """operations.wrong_settings: no version is made."""
    before = scene.items("SettingsTable")
    answer = invoke(scene, "operations.wrong_settings")
    assert answer["problems"][0]["text"] == "99 is too much; write a whole number from 1 to 15"
    assert scene.items("SettingsTable") == before
