"""The owner's exceptions on the deployed functions: written to the processor, heard from it, recorded."""

import pytest

from sandbox.fake_stripe.bank import APPROVED, declined
from sandbox.owner.why import happened

NO_FUNDS = declined("insufficient_funds")
BY_RULE = {"retry": {"kind": "custom", "days_after_previous": [2, 2, 2, 2]}}


def ask(told, operation, subject, **asked):
    request = {"operation": operation, "subject": subject, "by": "ada", "why": "on holiday", **asked}
    return told.sandbox.functions.invoke("Operations", request)


@pytest.mark.parametrize("whose", ["invoice", "customer"])
def test_a_pause_ends_by_itself_on_its_day(story, whose):
    """Across the change to summer time: nothing until 29 March, then the card at nine in Berlin."""
    told = story({**BY_RULE, "time_zone": "Europe/Berlin"}, parameters={"OwnerTimeZone": "Europe/Berlin"})
    invoice = told.fails(NO_FUNDS)
    subject = invoice["id"] if whose == "invoice" else invoice["customer"]
    assert ask(told, "pause", subject, until="2026-03-30") == {"done": "pause"}
    told.comes_to(0.4)
    assert told.reasons(invoice) == ["paused"]
    told.comes_to(27.9)
    assert told.charges() == [(0.0, "failed")]
    told.comes_to(28)
    assert told.charges()[1:] == [(27.9, "failed")]
    story_of = told.sandbox.functions.invoke(
        "Operations", {"operation": "invoice.show", "invoice_id": invoice["id"]}
    )["invoice"]
    (change,) = story_of["changes"]
    assert (change["name"], change["what"], change["by"]) == ("paused", "until 2026-03-30", "ada")
    reasons = [reason["text"] for entry in story_of["ledger"] for reason in entry["reasons"]]
    assert f"the owner has paused the {whose} until 2026-03-30: on holiday (ada)" in reasons
    told.ends_well()


def test_a_pause_is_ended_before_its_day(story):
    """It goes on in the next send hour."""
    told = story(BY_RULE)
    invoice = told.fails(NO_FUNDS)
    ask(told, "pause", invoice["id"], until="2026-04-30")
    told.comes_to(10)
    ask(told, "resume", invoice["id"])
    told.comes_to(10.2)
    assert told.charges()[1:] == [(10.0, "failed")]
    assert "dunwell_pause_until" not in invoice["metadata"]
    told.ends_well()


def test_a_dispute_is_answered_and_collecting_goes_on(story):
    """Its note stands in the invoice's story; without a dispute there is nothing to answer."""
    told = story(BY_RULE)
    invoice = told.fails(NO_FUNDS)
    nothing = {"error": f"{invoice['id']} is not disputed, or was answered already: nothing to answer"}
    assert ask(told, "answer", invoice["id"]) == nothing
    told.visits(told.link() + "/dispute", complaint="wrong", note="The quantity is wrong.")
    told.comes_to(10)
    assert told.charges() == [(0.0, "failed")]
    assert ask(told, "answer", invoice["id"]) == {"done": "answer"}
    told.comes_to(11.2)
    assert told.charges()[1:] == [(10.0, "failed")]
    assert ask(told, "answer", invoice["id"]) == nothing
    shown = told.sandbox.functions.invoke(
        "Operations", {"operation": "invoice.show", "invoice_id": invoice["id"]}
    )["invoice"]
    lines = [line for _, lines in happened(shown) for line in lines]
    assert "the payer disputes it: wrong" in lines
    assert '- "The quantity is wrong."' in lines
    assert "answered by ada" in " ".join(lines)
    told.ends_well()


def test_a_customer_is_kept_out_and_included_again(story):
    """Nothing is charged or mailed meanwhile."""
    told = story(BY_RULE)
    invoice = told.fails(NO_FUNDS)
    ask(told, "exempt", invoice["customer"])
    told.comes_to(5)
    assert told.charges() == [(0.0, "failed")]
    assert told.reasons(invoice) == ["kept_out"]
    ask(told, "include", invoice["customer"])
    told.comes_to(5.2)
    assert len(told.charges()) == 2
    told.ends_well()


def test_an_invoice_has_a_rule_of_its_own_until_a_day(story):
    """Then the settings' rule counts again."""
    told = story(BY_RULE)
    invoice = told.fails(NO_FUNDS)
    ask(told, "schedule", invoice["id"], rule="5 5", until="2026-03-09")
    told.comes_to(0.4)
    assert told.next_payment_attempt(invoice) == 5.0
    told.comes_to(8)
    assert told.next_payment_attempt(invoice) == pytest.approx(9, abs=1.1)
    ask(told, "schedule", invoice["id"], rule="")
    told.comes_to(8.1)
    assert "own_rule" not in told.reasons(invoice)
    told.ends_well()


def test_an_invoice_is_mailed_again(story):
    """Each time once; not while its owner is asked to rest, and within the budget of its day."""
    told = story(BY_RULE)
    invoice = told.fails(NO_FUNDS)
    told.comes_to(1)
    assert ask(told, "send_again", invoice["id"]) == {"done": "send_again"}
    told.comes_to(1.1)
    assert [kind.split(":")[0] for _, kind in told.mails()] == ["payment_failed", "again"]
    assert str(told.sandbox.mails()[-1]["Subject"]).startswith("Invoice R-00001 from")
    told.comes_to(1.2)
    ask(told, "send_again", invoice["id"])
    told.comes_to(1.9)
    assert len(told.mails()) == 2
    told.comes_to(2.1)
    assert [day for day, _ in told.mails()][2:] == [2.0]
    ask(told, "pause", invoice["id"], until="2026-04-01")
    told.comes_to(2.2)
    assert "is not mailed just now: the owner has paused" in ask(told, "send_again", invoice["id"])["error"]
    told.ends_well()


def test_an_invoice_is_given_up_in_the_next_night(story):
    """Without another try; its reason is told, and a customer cannot be given up."""
    told = story(BY_RULE)
    invoice = told.fails(NO_FUNDS)
    assert ask(told, "give_up", invoice["id"]) == {"done": "give_up"}
    told.comes_to(0.4)
    assert told.reasons(invoice)[-1] == "own_rule"
    told.comes_to(2)
    assert invoice["status"] == "uncollectible"
    assert told.charges() == [(0.0, "failed")]
    assert "is a customer; name one of their invoices" in ask(told, "give_up", invoice["customer"])["error"]
    told.ends_well()


def test_an_invoice_is_tried_at_once(story):
    """Where a retry may be made; else it is said why not."""
    told = story(BY_RULE)
    invoice = told.fails(NO_FUNDS, APPROVED)
    assert ask(told, "retry_now", invoice["id"]) == {"done": "retry_now"}
    told.comes_to(0.31)
    assert told.charges() == [(0.0, "failed"), (0.3, "succeeded")]
    show = {"operation": "invoice.show", "invoice_id": invoice["id"]}
    ledger = told.sandbox.functions.invoke("Operations", show)["invoice"]["ledger"]
    reasons = [reason["text"] for entry in ledger for reason in entry["reasons"]]
    assert any("the owner asked to try again now: on holiday (ada)" in text for text in reasons)
    refused = ask(told, "retry_now", invoice["id"])["error"]
    assert f"{invoice['id']} may not be tried just now: the invoice is paid" in refused
    told.ends_well()


WRONG = [
    ("pause", "in_9", {"until": "2026-04-01"}, "the processor does not know in_9"),
    ("pause", "sub_1", {"until": "2026-04-01"}, "an invoice's id begins with in_, a customer's with cus_"),
    ("pause", "in_9", {}, "until: a day like 2026-04-01"),
    ("pause", "in_9", {"until": "soon"}, "until: 'soon' is no day like 2026-04-01"),
    ("pause", "in_9", {"until": "2026-03-02"}, "no day from tomorrow on, within a year"),
    ("pause", "in_9", {"until": "2028-01-01"}, "no day from tomorrow on, within a year"),
    ("pause", "cus_9", {"until": "2026-04-01", "why": ""}, "say why (--why) in 1 to 400 characters"),
    ("schedule", "in_9", {"rule": "often"}, "rule: 'often' is none; write off, smart, even, or days"),
    ("schedule", "in_9", {"rule": "off", "until": "2020-01-01"}, "no day from tomorrow on"),
    ("schedule", "in_9", {"rule": "off"}, "the processor does not know in_9"),
    ("schedule", "{sent}", {"rule": "off"}, "{sent} is sent to be paid: nothing is retried on it"),
    ("exempt", "cus_9", {}, "the processor does not know cus_9"),
    ("retry_now", "in_9", {}, "the processor does not know in_9"),
    ("send_again", "in_9", {}, "the processor does not know in_9"),
    ("resume", "in_9", {"by": ""}, "by: text of 1 to 1000 characters"),
    ("pause", "{void}", {"until": "2026-04-01"}, "{void} is void: nothing is done about it any more"),
    ("exempt", "{void}", {}, "{void} is void: nothing is done about it any more"),
    ("give_up", "{void}", {}, "{void} is void: nothing is done about it any more"),
    ("schedule", "{void}", {"rule": "3,5"}, "{void} is void: nothing is done about it any more"),
]


def test_what_cannot_be_done_is_told_with_what_would_be_right(story):
    """And leaves no record."""
    told = story()
    told.has_customer()
    sent, void = told.sends(), told.sends()
    told.sandbox.account.void(void)
    ids = {"sent": sent["id"], "void": void["id"]}
    for operation, subject, asked, said in WRONG:
        error = ask(told, operation, subject.format(**ids), **asked)["error"]
        assert said.format(**ids) in error, (operation, subject, asked)
    assert ask(told, "resume", void["id"]) == {"done": "resume"}, "what only ends something is always done"
    assert [row["name"] for row in told.sandbox.items("SettingsTable")].count("settings") == 1
    assert len(told.sandbox.items("SettingsTable")) == 2
    told.ends_well()


def test_a_segment_is_activated_before_the_others(story):
    """An automation's own `active_since`: the others are only observed."""
    first = {
        "name": "begin with gold",
        "when": {"customer_metadata": {"tier": ["gold"]}},
        "settings": {"active_since": "2000-01-01T00:00:00+00:00"},
    }
    told = story({"active_since": None, "automations": [first], **BY_RULE})
    plain = told.fails(NO_FUNDS)
    gold = told.fails(NO_FUNDS, metadata={"tier": "gold"})
    assert "observe_mode" in told.reasons(plain)
    assert told.reasons(gold)[-1] == "automation"
    told.comes_to(3)
    assert [status for _, status in told.charges()] == ["failed"] * 3
    told.ends_well()
