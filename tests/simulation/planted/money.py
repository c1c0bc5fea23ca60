"""Money: integer minor units, as many of them as the currency has."""

from dunwell.adapters import stripe_shapes
from dunwell.domain.money import ZERO_DECIMAL

from tests.simulation.planted.bug import Bug, instead


def _through_floats(money):
    return lambda amount, currency: money(int(amount / 100 * 100), currency)


def _hundredfold(money):
    return lambda amount, currency: money(amount * (100 if currency in ZERO_DECIMAL else 1), currency)


BUGS = (
    Bug(
        "float-money",
        "Float money: minor units that went through a float of major units.",
        "fast",
        instead(stripe_shapes, "Money", _through_floats),
        ("E3", "E5", "M3", "M8"),
    ),
    Bug(
        "hundredfold-zero-decimal",
        "A hundredfold zero-decimal amount.",
        "fast",
        instead(stripe_shapes, "Money", _hundredfold),
        ("E3", "E5", "M3", "M8"),
    ),
)
