"""The next message on any facts: always decided, always the same, within hours and budgets."""

from collections import Counter
from datetime import timedelta

from dunwell.domain.contact import decide_contact
from dunwell.domain.customers import MessageKind, MessageRecord, MessageState
from dunwell.domain.days import at_local, local_date
from dunwell.domain.limits import (
    CUSTOMER_BUDGET_WINDOW,
    MAILS_PER_CUSTOMER_MAX,
    MAILS_PER_INVOICE_AND_DAY_MAX,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.any_facts import NOW, customers, owners_settings, wanted_lists

SPENT = frozenset(MessageState) - {MessageState.SKIPPED}
UNCOUNTED = {MessageKind.PAYMENT_RECEIVED, MessageKind.PROMISE_CONFIRMED}
"""What neither waits for a budget nor uses one up."""


@given(customers, wanted_lists, owners_settings(), st.randoms(use_true_random=False))
def test_every_message_waits_is_next_or_is_skipped_with_its_reason(customer, wanted, chosen, random):
    """And it does not matter in which order they are told."""
    contact = decide_contact(customer, wanted, chosen, NOW)
    again = decide_contact(customer, random.sample(wanted, len(wanted)), chosen, NOW)
    assert again.next_message == contact.next_message
    assert {skip.message.key for skip in again.skipped} == {skip.message.key for skip in contact.skipped}
    assert all(skip.reason.rule and skip.reason.text for skip in contact.skipped)
    assert contact.reasons
    if contact.next_message is None:
        assert {message.key for message in wanted} == {skip.message.key for skip in contact.skipped}
    for skip in contact.skipped:
        assert skip.message.not_before <= NOW


@settings(max_examples=settings().max_examples * 3)
@given(customers, wanted_lists, owners_settings())
def test_what_leaves_leaves_within_its_time_the_hours_and_the_budgets(customer, wanted, chosen):
    """Not before its day, not after its grace; one mail for an invoice and day, three in seven days (R4)."""
    upcoming = decide_contact(customer, wanted, chosen, NOW).next_message
    if upcoming is None or upcoming.message.not_before > NOW:
        return
    message, at, zone = upcoming.message, upcoming.at, customer.zone(chosen.time_zone)
    assert message.not_before <= NOW <= at < message.expires_at
    day, policy = local_date(at, zone), chosen.messages
    closes = at_local(day + timedelta(days=policy.send_until_hour // 24), policy.send_until_hour % 24, zone)
    assert at_local(day, policy.send_from_hour, zone) <= at < closes
    if message.kind in UNCOUNTED:
        return
    left = [r for r in customer.records if r.state in SPENT and r.kind not in UNCOUNTED]
    of_the_day = [r for r in left if r.invoice_id == message.invoice_id and local_date(r.at, zone) == day]
    assert len(of_the_day) < MAILS_PER_INVOICE_AND_DAY_MAX
    assert sum(at - CUSTOMER_BUDGET_WINDOW < record.at for record in left) < MAILS_PER_CUSTOMER_MAX


@given(customers.filter(lambda customer: customer.email), wanted_lists, owners_settings())
def test_all_that_is_wanted_ends_sent_or_skipped(customer, wanted, chosen):
    """Acted on until nothing is left: one record for each message, and the limits hold over them all (R3).
    What waits for a mail that stays in somebody's hand waits another day, and again, until its last one."""
    now, before = NOW, len(customer.records)
    days = max(((message.expires_at - NOW).days for message in wanted), default=0)
    for _ in range(4 * len(wanted) + before + max(0, days) + 2):
        contact = decide_contact(customer, wanted, chosen, now)
        ended = [record_of(skip.message, MessageState.SKIPPED, now) for skip in contact.skipped]
        upcoming = contact.next_message
        if upcoming is not None and upcoming.at <= now:
            ended.append(record_of(upcoming.message, MessageState.SENT, now))
        customer = customer.with_records(ended)
        if upcoming is None and not ended:
            break
        now = max(now, upcoming.at) if upcoming is not None else now
    dealt_with = customer.records[before:]
    assert {record.key for record in dealt_with} == {message.key for message in wanted}
    zone = customer.zone(chosen.time_zone)
    mails = [r for r in dealt_with if r.state is MessageState.SENT and r.kind not in UNCOUNTED]
    per_day = Counter((record.invoice_id, local_date(record.at, zone)) for record in mails)
    assert max(per_day.values(), default=0) <= MAILS_PER_INVOICE_AND_DAY_MAX
    for mail in mails:
        assert (
            sum(timedelta(0) <= mail.at - r.at < CUSTOMER_BUDGET_WINDOW for r in mails)
            <= MAILS_PER_CUSTOMER_MAX
        )


def record_of(message, state, at):
    return MessageRecord(message.key, message.kind, message.invoice_id, state, at)
