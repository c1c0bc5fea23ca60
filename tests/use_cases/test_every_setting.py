"""Every setting has an effect: on a decision, on the contact with a customer, or on what they read."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from dunwell.domain.automations import Behaviour, Case, settings_for
from dunwell.domain.contact import decide_contact
from dunwell.domain.decision import decide
from dunwell.domain.holdout import HeldOut, is_held_out
from dunwell.domain.invoices import Status
from dunwell.domain.payers_word import PayersWord, Promise
from dunwell.domain.payments import Outcome
from dunwell.domain.policies import RetryKind
from dunwell.domain.timing import EvenSpread
from dunwell.messages.composer import TemplateComposer
from dunwell.messages.page import MISSING, PageComposer
from dunwell.records import Facts, MailItem
from dunwell.settings import read_plain
from dunwell.settings.document import DOCUMENT
from dunwell.settings.kinds import Listed, Table
from dunwell.use_cases.links import Links

from sandbox.memory.pages import MemoryPages
from tests.build import attempt, card, customer, day, eur, invoice, sent_invoice
from tests.fakes import FakeClock

LIVE = {"active_since": "2026-01-01T00:00:00+00:00", "retry": {"kind": "even"}}

CHANGED = {
    "active_since": None,
    "adopt_open_invoices": True,
    "collect_without_auto_advance": True,
    "time_zone": "Pacific/Auckland",
    "attempts_per_hour": None,  # counted, not decided: tests/use_cases/test_retry_execution.py
    "retry.kind": "off",
    "retry.retries": 3,
    "retry.window_days": 31,
    "retry.days_after_previous": None,  # of a custom rule: below
    "retry.holdout_percent": 50,
    "messages.invoice_finalized": False,
    "messages.payment_failed": False,
    "messages.payment_action_required": False,
    "messages.payment_received": False,
    "messages.card_expiring": False,
    "messages.promises": False,
    "messages.statements": False,
    "messages.reminders": False,
    "messages.reminder_offsets_days": [1],
    "messages.reminder_collection_methods": ["charge_automatically"],
    "messages.send_from_hour": 6,
    "messages.send_until_hour": 24,
    "messages.grace_days": 9,
    "messages.business_days": None,  # looked up by `Calendar`: tests/adapters/test_holidays_calendar.py
    "messages.link": "processor",
    "messages.texts": {
        "en": {f"reminder.{name}.subject": "Well, {number}" for name in ("after", "again", "last")}
    },
    "past_due.action": "mark_uncollectible",
    "past_due.after_days": None,  # of an action: below
    "tolerance": {"eur": 500},
    "branding.name": "Northwind",
    "branding.reply_to": "desk@northwind.example",
    "branding.language": "de",
    "branding.accent": "#aa0000",
    "branding.logo_url": "https://northwind.example/logo.png",
    "branding.icon": "data:image/png;base64,AAAA",
    "branding.address": "1 Quay, Hull",
    "stop.charging": True,
    "stop.mail": True,
    "automations": [{"name": "all", "when": {}, "settings": {"retry": {"kind": "off"}}}],
    "webhooks": None,  # who is told, not what is decided: tests/use_cases/test_event_publication.py
}
"""Of each setting a value that is not the default."""

NOW = day(1, 11)
FAILED = (attempt(day(0)),)
ASKED = (attempt(day(0), outcome=Outcome.ACTION_REQUIRED),)
EXPIRING = card(exp_year=2026, exp_month=3)
PROMISED = PayersWord((Promise(day(0), day(9).date(), day(10), day(10)),))
PAID = {"status": Status.PAID, "paid_at": day(1), "amount_paid": eur(4900), "amount_remaining": eur(0)}

INVOICES = [
    (invoice(), FAILED),
    (invoice(id="in_a", payment_method=EXPIRING), FAILED),
    (invoice(id="in_b", payment_action_required=True), ASKED),
    (invoice(id="in_c", auto_advance=False), FAILED),
    (invoice(id="in_d", finalized_at=datetime(2025, 6, 1, tzinfo=UTC)), FAILED),
    (invoice(id="in_e", word=PROMISED), FAILED),
    (invoice(id="in_f", **PAID), FAILED),
    (sent_invoice(id="in_g", due_at=day(0), finalized_at=day(-14)), ()),
    (sent_invoice(id="in_h", due_at=day(-2), finalized_at=day(-14)), ()),
    (sent_invoice(id="in_i", due_at=day(0), amount_paid=eur(4600), amount_remaining=eur(300)), ()),
    (sent_invoice(id="in_j", finalized_at=day(1)), ()),
    (sent_invoice(id="in_k", due_at=day(-1), finalized_at=day(-14)), ()),
    (sent_invoice(id="in_l", due_at=day(-1), finalized_at=day(-14)), ()),
]


def leaves(table, path=()):
    for name, field in table.fields.items():
        if isinstance(field.kind, Table):
            yield from leaves(field.kind, (*path, name))
        else:
            yield ".".join((*path, name))


def document(setting, value, **more):
    section, _, name = setting.rpartition(".")
    told = {**LIVE, **more}
    return {**told, section: {**told.get(section, {}), name: value}} if section else {**told, name: value}


def effects(told):
    """Everything that decisions, contacts, mails and pages make of a document."""
    chosen, who, found = read_plain(told, 1), customer(id="cus_7"), []
    wanted = []
    for told_of, attempts in INVOICES:
        facts = replace(told_of, read_at=NOW, customer_id=who.id)
        mine = settings_for(Case(facts, attempts, who, Behaviour(), NOW), chosen)
        held = mine.retry.kind is not RetryKind.OFF and is_held_out(who.id, mine.retry.holdout_percent)
        decision = decide(facts, attempts, who, mine, HeldOut() if held else EvenSpread(), NOW)
        wanted += decision.wanted_messages
        found.append(decision)
    pages = MemoryPages(FakeClock(NOW))
    found += [decide_contact(who, wanted, chosen, now) for now in (NOW, day(2, 20), day(9))]
    overdue, _ = INVOICES[8]
    for message in [one for one in wanted if one.key == "in_h:reminder:+3"]:
        link = Links(pages, "https://pages.example.com/i").of(message, overdue, chosen)
        item = MailItem(message, Facts(replace(overdue, read_at=NOW), (), who), found[8], link, chosen)
        mail = TemplateComposer().compose([item])
        found += [
            mail.subject,
            mail.html.replace(str(link.url), ""),
            mail.sender_name,
            mail.reply_to,
            link.url[:12],
        ]
    found.append(PageComposer().notice(MISSING, [], chosen).html)
    return found


def test_every_setting_is_looked_at():
    """Whoever adds one says here what it changes."""
    assert set(CHANGED) == set(leaves(DOCUMENT))


@pytest.mark.parametrize(
    "setting", [name for name, value in CHANGED.items() if value is not None or name == "active_since"]
)
def test_a_setting_changes_what_is_decided_or_read(setting):
    """Against the same book under the defaults."""
    assert effects(document(setting, CHANGED[setting])) != effects(LIVE)


@pytest.mark.parametrize(
    ("setting", "value", "beside"),
    [
        ("retry.days_after_previous", [9], {"retry": {"kind": "custom", "days_after_previous": [3]}}),
        ("past_due.after_days", 30, {"past_due": {"action": "mark_uncollectible"}}),
    ],
)
def test_a_setting_that_another_one_asks_for_has_an_effect_there(setting, value, beside):
    """And none without it."""
    told = {**LIVE, **beside}
    assert effects(document(setting, value, **beside)) != effects(told)


def test_lists_and_tables_are_leaves():
    """The example above knows each kind of field."""
    assert isinstance(DOCUMENT.fields["automations"].kind, Listed)
