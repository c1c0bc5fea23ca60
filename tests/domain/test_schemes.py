from datetime import timedelta

import pytest
from dunwell.domain.limits import NETWORK_LATENESS_MAX
from dunwell.domain.payments import Failure
from dunwell.domain.schemes import (
    BANK_DEBITS,
    CARDS,
    OTHER_CARDS,
    OTHER_DEBITS,
    earliest_attempt,
    forbids_retry,
    latest_retry,
    rules_for,
)

from tests.build import attempt, bank_debit, card, day


def returned(at, code, network=None):
    return attempt(at, failure=Failure(code=code, network_decline_code=network), method=bank_debit().identity)


@pytest.mark.parametrize(
    ("kind", "code", "network", "allowed"),
    [
        ("us_bank_account", "insufficient_funds", "R01", True),
        ("us_bank_account", "whatever", "R09", True),
        ("us_bank_account", "account_closed", "R02", False),
        ("sepa_debit", "insufficient_funds", None, True),
        ("sepa_debit", "debit_not_authorized", None, False),
        ("bacs_debit", "refer_to_customer", None, True),
        ("bacs_debit", "account_closed", None, False),
        ("au_becs_debit", "insufficient_funds", None, True),
        ("au_becs_debit", "account_closed", None, False),
    ],
)
def test_a_bank_debit_is_retried_only_on_its_schemes_own_codes(kind, code, network, allowed):
    """ACH on R01 and R09, SEPA on insufficient funds, Bacs on what may be presented again."""
    told = forbids_retry(bank_debit(kind), [returned(day(0), code, network)])
    assert (told is None) is allowed
    assert told is None or code in told


@pytest.mark.parametrize("kind", ["us_bank_account", "sepa_debit"])
def test_a_bank_debit_is_presented_at_most_twice_more(kind):
    """The first and two retries make three."""
    series = [returned(day(n * 5), "insufficient_funds", "R01") for n in range(3)]
    assert forbids_retry(bank_debit(kind), series[:2]) is None
    assert "2 retries" in (forbids_retry(bank_debit(kind), series) or "")


def test_a_failure_without_a_reason_is_not_presented_again():
    """The processor told nothing, and the scheme allows only what it names."""
    nameless = attempt(day(0), failure=None, method=bank_debit().identity)
    assert "this failure" in (forbids_retry(bank_debit(), [nameless]) or "")


def test_ach_and_bacs_end_with_their_period():
    """180 and 30 days after the first entry; cards have no such end."""
    series = [returned(day(0), "insufficient_funds")]
    assert latest_retry(bank_debit(), series) == day(180)
    assert latest_retry(bank_debit("bacs_debit"), series) == day(30)
    assert latest_retry(bank_debit("sepa_debit"), series) is None
    assert latest_retry(card(), [attempt(day(0))]) is None
    assert latest_retry(bank_debit(), []) is None


def test_a_card_from_india_needs_the_payer_each_time():
    """Nothing is retried on it; a first attempt may be made."""
    assert "IN" in (forbids_retry(card(country="IN"), [attempt(day(0))]) or "")
    assert forbids_retry(card(country="IN"), []) is None


def test_a_cards_window_admits_the_next_attempt_when_the_oldest_leaves_it():
    """Fifteen in thirty days, whoever made them on whichever invoice, by the network's clock."""
    times = tuple(day(n) for n in range(15))
    assert earliest_attempt(card(attempted_at=times[:14]), day(15)) == day(15)
    assert earliest_attempt(card(attempted_at=times), day(15)) == day(30) + NETWORK_LATENESS_MAX


def test_mastercard_admits_ten_a_day():
    """The eleventh waits until the first is a day old."""
    times = tuple(day(0, hours=n) for n in range(10))
    assert (
        earliest_attempt(card(brand="mastercard", attempted_at=times), day(0, 12))
        == day(1) + NETWORK_LATENESS_MAX
    )


def test_bank_debits_have_no_card_window():
    """Their scheme counts presentations instead."""
    assert earliest_attempt(bank_debit(), day(3)) == day(3)


def test_every_scheme_names_its_source():
    """And its date; unknown brands and schemes get the stricter of our own."""
    assert rules_for(card(brand="jcb")) is OTHER_CARDS
    assert rules_for(card(kind="link")) is CARDS["visa"]
    assert rules_for(bank_debit("klarna")) is OTHER_DEBITS
    for rules in (*CARDS.values(), *BANK_DEBITS.values(), OTHER_CARDS, OTHER_DEBITS):
        assert rules.source
        assert rules.as_of
        assert all(window.length <= timedelta(days=30) for window in rules.windows)
