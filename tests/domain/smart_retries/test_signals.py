"""What else was known when a payment failed."""

import pytest
from dunwell.domain.smart_retries.causes import Cause
from dunwell.domain.smart_retries.lessons import Lessons
from dunwell.domain.smart_retries.posterior import belief_in
from dunwell.domain.smart_retries.signals import EXPIRED, signals_of

from tests.build import card, day, eur
from tests.domain.smart_retries.build_cases import case


@pytest.mark.parametrize(
    ("method", "amount", "words"),
    [
        (None, 999, ("amount 0",)),
        (card(exp_month=3, exp_year=2026, devices=1), 1000, ("amount 1", "card valid", "devices 0")),
        (card(exp_month=2, exp_year=2026, devices=9), 60_000, ("amount 4", EXPIRED, "devices 3")),
        (card(exp_month=None, devices=2), 5000, ("amount 2", "devices 1")),
    ],
)
def test_signals_are_words(method, amount, words):
    """By the month of the card's end, by steps of amounts and devices; of what is unknown nothing."""
    assert signals_of(method, eur(amount), day(0)) == words


def test_a_signal_means_what_it_was_seen_with():
    """Many devices were behind every lock and hardly any other failure; before that they mean nothing."""
    seen = {f"|{cause}": 1000.0 for cause in Cause} | {"devices 3": 800.0}
    lessons = Lessons(signals={**seen, f"devices 3|{Cause.LOCK}": 700.0, f"devices 3|{Cause.FUNDS}": 20.0})
    ratios = lessons.signal_ratios("devices 3")
    assert ratios[Cause.LOCK] > 4
    assert ratios[Cause.FUNDS] < 0.5
    assert set(Lessons().signal_ratios("devices 3").values()) == {1.0}


def test_an_expired_card_is_rather_stale():
    """Before anything is learnt."""
    plain, expired = case(code="do_not_honor"), case(code="do_not_honor", signals=(EXPIRED,))
    told = [belief_in(made, Lessons()).of(Cause.STALE) for made in (plain, expired)]
    assert told[1] > 2 * told[0]
