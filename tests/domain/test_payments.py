from dataclasses import replace

import pytest
from dunwell.domain.payments import Failure, Origin, Outcome, attempt_count, next_attempt_number

from tests.build import attempt, bank_debit, card, day, own_attempt


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (Failure(decline_code="lost_card", code="card_declined", outcome_reason="x"), "lost_card"),
        (Failure(code="expired_card"), "expired_card"),
        (Failure(code="card_declined", outcome_reason="generic_decline"), "generic_decline"),
        (Failure(code="card_declined"), "card_declined"),
        (Failure(), None),
    ],
)
def test_a_failure_is_classified_on_its_most_telling_code(failure, code):
    """`decline_code`, else a telling `code`, else `outcome.reason`."""
    assert failure.classified_on == code


def test_a_card_is_the_same_as_long_as_fingerprint_and_expiry_are():
    """A new expiry, or another number behind the same id, makes it another card."""
    assert card().identity == card(id="pm_2").identity
    assert card().identity != card(exp_year=2031).identity
    assert card().identity != card(fingerprint="fp_2").identity
    assert card(fingerprint=None).identity == "pm_1/2030-12"
    assert bank_debit().identity == "fp_bank/-"
    assert card().is_card
    assert not bank_debit().is_card


def test_the_count_knows_the_first_attempt_and_automatic_retries_only():
    """The payer's own tries and calls that no bank heard of do not count."""
    attempts = [
        attempt(day(0)),
        own_attempt(1, day(2)),
        attempt(day(3), origin=Origin.PAYER),
        own_attempt(2, day(4), charged=False),
    ]
    assert attempt_count(attempts) == 2
    assert next_attempt_number(attempts) == 3
    assert next_attempt_number([]) == 1


def test_declined_and_action_required_are_failures():
    """Unknown and processing are not: they may still succeed."""
    failed = {o for o in Outcome if attempt(day(0), outcome=o).failed}
    assert failed == {Outcome.DECLINED, Outcome.ACTION_REQUIRED}


def test_an_attempt_learns_from_answers_in_any_order():
    """A lost answer that comes last takes nothing away; a question asked later stays the last one."""
    asked = own_attempt(1, day(2), outcome=Outcome.UNKNOWN, asked=2, asked_at=day(2, 2))
    lost = replace(asked, asked=1, asked_at=day(2, 1))
    declined = replace(asked, outcome=Outcome.DECLINED, charge_id="ch_9")
    assert declined.learning(lost) == declined
    assert asked.learning(declined) == declined
    assert asked.learning(replace(declined, asked=1, asked_at=day(2, 1))) == declined
    assert lost.learning(asked) == asked
