from datetime import timedelta

import pytest
from dunwell.domain.declines import (
    ADVICE_CODES,
    DECLINE_CODES,
    MASTERCARD_ADVICE_CODES,
    OUTCOME_REASONS,
    OUTCOME_TYPES,
    VISA_DECLINE_CODES,
    Category,
    stops_retries,
    verdict,
)
from dunwell.domain.payments import Failure, Outcome

from tests.build import attempt, day

STRIPES_NEVER_RETRIED = (
    "incorrect_number lost_card pickup_card stolen_card revocation_of_authorization "
    "revocation_of_all_authorizations authentication_required highest_risk_level transaction_not_allowed"
)


@pytest.mark.parametrize("code", STRIPES_NEVER_RETRIED.split())
def test_what_stripe_never_retries_is_hard(code):
    """The codes that Stripe's documentation lists."""
    assert verdict(Failure(decline_code=code)).category is Category.HARD


@pytest.mark.parametrize(
    "code", ["insufficient_funds", "do_not_honor", "generic_decline", "a_code_of_tomorrow"]
)
def test_other_and_unknown_codes_are_soft(code):
    """The retry policy and the networks' windows bound them."""
    assert verdict(Failure(decline_code=code)).category is Category.SOFT


@pytest.mark.parametrize(
    ("failure", "rule"),
    [
        (Failure(decline_code="lost_card"), "decline_code lost_card"),
        (Failure(advice_code="do_not_try_again"), "advice_code do_not_try_again"),
        (Failure("do_not_honor", advice_code="confirm_card_data"), "advice_code confirm_card_data"),
        (Failure(outcome_type="blocked"), "outcome.type blocked"),
        (
            Failure("do_not_honor", outcome_reason="previously_declined_do_not_retry"),
            "outcome.reason previously_declined_do_not_retry",
        ),
        (Failure(network_decline_code="14"), "network_decline_code 14"),
        (Failure(network_advice_code="03"), "network_advice_code 03"),
    ],
)
def test_advice_and_outcome_say_never_as_well(failure, rule):
    """A soft decline code does not soften them; the verdict cites the field and the code that said so."""
    found = verdict(failure)
    assert (found.category, found.rule) == (Category.HARD, rule)


def test_the_hardest_rule_wins():
    """An advice to wait ten days helps nothing when the card was lost."""
    failure = Failure(decline_code="lost_card", network_advice_code="30")
    assert verdict(failure, "mastercard").category is Category.HARD


@pytest.mark.parametrize(
    ("brand", "failure", "category"),
    [
        ("visa", Failure(network_decline_code="14"), Category.HARD),
        ("visa", Failure(network_decline_code="51"), Category.SOFT),
        ("mastercard", Failure(network_decline_code="14"), Category.SOFT),
        ("mastercard", Failure(network_advice_code="03"), Category.HARD),
        ("visa", Failure(network_advice_code="03"), Category.HARD),
        ("visa", Failure(network_advice_code="01"), Category.SOFT),
        (None, Failure(network_decline_code="14"), Category.HARD),
    ],
)
def test_a_networks_codes_hold_on_its_own_cards(brand, failure, category):
    """Where the brand is not known, the stricter reading holds; advice never to retry holds everywhere."""
    assert verdict(failure, brand).category is category


@pytest.mark.parametrize(
    ("code", "wait"),
    [
        ("02", timedelta(hours=72)),
        ("24", timedelta(hours=1)),
        ("27", timedelta(days=4)),
        ("30", timedelta(days=10)),
    ],
)
def test_mastercards_advice_tells_how_long_to_wait(code, wait):
    """Merchant advice codes 02 and 24 to 30; they are soft."""
    found = verdict(Failure(network_advice_code=code), "mastercard")
    assert (found.category, found.wait) == (Category.SOFT, wait)


def test_without_a_failure_nothing_speaks_against_a_retry():
    """As for an attempt whose failure the processor no longer tells."""
    assert verdict(None).category is Category.SOFT


def test_every_rule_names_its_source_and_its_date():
    """Rules of others are data; one can look up where they come from."""
    for table in (
        DECLINE_CODES,
        ADVICE_CODES,
        OUTCOME_TYPES,
        OUTCOME_REASONS,
        VISA_DECLINE_CODES,
        MASTERCARD_ADVICE_CODES,
    ):
        assert table
        assert all(rule.source and rule.as_of for rule in table.values())


def test_an_attempt_that_needs_the_payer_stops_retries():
    """Only the payer, or another method, can help."""
    asked = attempt(day(0), outcome=Outcome.ACTION_REQUIRED)
    found = stops_retries(asked)
    assert found.category is Category.HARD
    assert "payer" in found.rule
    assert stops_retries(attempt(day(0), "stolen_card")) is not None
    assert stops_retries(attempt(day(0), "insufficient_funds")) is None
    assert stops_retries(attempt(day(0), None)) is None


def test_another_networks_code_stops_nothing():
    """Mastercard's request for new account data, on a Visa card, is a number without a meaning."""
    told = attempt(day(0), failure=Failure("do_not_honor", network_advice_code="01"))
    assert stops_retries(told, "mastercard") is not None
    assert stops_retries(told, "visa") is None
