from datetime import UTC, datetime

import pytest
from dunwell.domain.money import Money
from dunwell.domain.past_due import (
    credit_due_at,
    days_past_due,
    is_within_tolerance,
    uncollectible_due_at,
)
from dunwell.domain.policies import PastDueAction, PastDuePolicy

from tests.build import day, eur, invoice, sent_invoice, settings

MARK = PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, 30)
AUCKLAND = "Pacific/Auckland"


def test_days_past_due_are_the_owners_calendar_days():
    """An invoice due at 15:00 UTC on the 16th is due on the 17th in Auckland."""
    facts = sent_invoice(due_at=datetime(2026, 3, 16, 15, tzinfo=UTC))
    noon = datetime(2026, 3, 17, 0, tzinfo=UTC)
    assert days_past_due(facts, settings(), noon) == 1
    assert days_past_due(facts, settings(time_zone=AUCKLAND), noon) == 0


@pytest.mark.parametrize("after_days", [30, 60, 90, 17])
def test_uncollectible_from_the_first_minute_of_the_nth_day(after_days):
    """Any number of days; in the owner's zone, through the change to summer time."""
    chosen = settings(
        past_due=PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, after_days), time_zone="Europe/Berlin"
    )
    at = uncollectible_due_at(sent_invoice(), chosen)
    assert at is not None
    assert days_past_due(sent_invoice(), chosen, at) == after_days
    assert at.astimezone(UTC).hour in (22, 23)


def test_an_invoice_charged_automatically_is_aged_from_its_finalization():
    """It has no due date of its own; while it is not finalized its creation counts."""
    chosen = settings(past_due=MARK)
    finalized_later = invoice(created_at=day(-9))
    assert uncollectible_due_at(finalized_later, chosen) == datetime(2026, 4, 1, tzinfo=UTC)
    unfinalized = invoice(created_at=day(-9), finalized_at=None)
    assert uncollectible_due_at(unfinalized, chosen) == datetime(2026, 3, 23, tzinfo=UTC)


def test_left_past_due_means_never():
    """The owner's other choice."""
    assert uncollectible_due_at(invoice(), settings()) is None


@pytest.mark.parametrize(
    ("paid", "remaining", "tolerance", "within"),
    [
        (4800, 100, {"eur": eur(100)}, True),
        (4799, 101, {"eur": eur(100)}, False),
        (0, 50, {"eur": eur(100)}, False),  # a small invoice that nobody paid in part
        (4900, 0, {"eur": eur(100)}, False),
        (4800, 100, {"usd": Money(100, "usd")}, False),
        (4800, 100, {}, False),
    ],
)
def test_a_shortfall_is_too_small_to_chase_only_after_a_partial_payment(paid, remaining, tolerance, within):
    """Within the tolerance of its own currency."""
    facts = sent_invoice(amount_paid=eur(paid), amount_remaining=eur(remaining))
    assert is_within_tolerance(facts, settings(tolerance=tolerance)) is within


@pytest.mark.parametrize(
    ("currency", "limit", "short"), [("jpy", 100, 99), ("kwd", 1000, 1000), ("eur", 100, 100)]
)
def test_the_tolerance_is_in_minor_units_of_every_kind_of_currency(currency, limit, short):
    """Zero-, three- and two-decimal ones."""
    facts = sent_invoice(amount_paid=Money(5000, currency), amount_remaining=Money(short, currency))
    assert is_within_tolerance(facts, settings(tolerance={currency: Money(limit, currency)}))


def test_a_shortfall_is_credited_once_the_due_date_is_over():
    """Until then the customer may still pay the rest."""
    assert credit_due_at(sent_invoice(), settings()) == datetime(2026, 3, 17, tzinfo=UTC)
    assert days_past_due(sent_invoice(), settings(), day(15)) == 1
