"""What a code alone tells."""

import pytest
from dunwell.domain.payments import Failure
from dunwell.domain.smart_retries.causes import CODE_SHARES, Cause, advice_of, code_of, percent, shares_of

from tests.domain.smart_retries.build_cases import failure


@pytest.mark.parametrize("code", [*CODE_SHARES, "-", "never_heard_of", "do_not_honor+26"])
def test_the_shares_of_a_code_add_up(code):
    """Every cause has one, known code or not."""
    assert sum(shares_of(code).values()) == pytest.approx(1.0)


def test_a_codes_name_is_the_likeliest_cause():
    """Before anything is learnt."""
    assert max(shares_of("insufficient_funds"), key=shares_of("insufficient_funds").get) is Cause.FUNDS
    assert max(shares_of("issuer_not_available"), key=shares_of("issuer_not_available").get) is Cause.OUTAGE


def test_an_advice_to_wait_is_a_cause_of_its_own():
    """Its code is learnt apart; any other advice is not."""
    told = failure("do_not_honor", "26")
    assert (code_of(told), advice_of(told)) == ("do_not_honor+26", "26")
    assert shares_of(code_of(told))[Cause.ADVISED] > 0
    assert (code_of(failure("do_not_honor", "03")), advice_of(failure("x", "03"))) == ("do_not_honor", None)


def test_a_failure_that_tells_nothing_has_a_name_too():
    """Neither None nor an empty failure is left out."""
    assert (code_of(None), code_of(Failure()), advice_of(None)) == ("-", "-", None)


def test_shares_are_told_in_percent_in_the_order_of_the_causes():
    """They need not add up to a hundred; what an advice stands for has none."""
    assert percent(20, 10, 5, 4, 1, 10) == {
        Cause.FUNDS: 0.4,
        Cause.LOCK: 0.2,
        Cause.OUTAGE: 0.1,
        Cause.STALE: 0.08,
        Cause.DEAD: 0.02,
        Cause.CHANCE: 0.2,
    }
