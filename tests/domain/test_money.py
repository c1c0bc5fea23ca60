from decimal import Decimal

import pytest
from dunwell.domain.money import CurrencyMismatchError, Money


@pytest.mark.parametrize(
    ("amount", "currency", "major", "told"),
    [
        (1050, "eur", "10.50", "10.50 EUR"),
        (1050, "jpy", "1050", "1050 JPY"),
        (1050, "kwd", "1.050", "1.050 KWD"),
        (-1, "usd", "-0.01", "-0.01 USD"),
        (0, "krw", "0", "0 KRW"),
    ],
)
def test_minor_units_become_major_ones_by_the_currencys_own_exponent(amount, currency, major, told):
    """Zero-, two- and three-decimal currencies are told exactly."""
    assert Money(amount, currency).major == Decimal(major)
    assert str(Money(amount, currency)) == told


def test_amounts_of_one_currency_add_and_compare():
    """Sums and differences stay in minor units."""
    assert Money(5, "eur") + Money(7, "eur") == Money(12, "eur")
    assert Money(5, "eur") - Money(7, "eur") == Money(-2, "eur")
    assert Money(5, "eur") < Money(7, "eur")
    assert not Money(7, "eur") < Money(7, "eur")
    assert Money(7, "eur") <= Money(7, "eur")
    assert not Money(0, "eur")
    assert Money(1, "eur")


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__le__", "__lt__"])
def test_different_currencies_never_mix(operation):
    """No amount is converted, not even to be compared."""
    with pytest.raises(CurrencyMismatchError, match="eur met usd"):
        getattr(Money(1, "eur"), operation)(Money(1, "usd"))


@pytest.mark.parametrize("amount", [1.0, "1", True, Decimal(1), None])
def test_an_amount_is_a_whole_number_of_minor_units(amount):
    """Floats, text and booleans are refused where they appear."""
    with pytest.raises(TypeError, match="int of minor units"):
        Money(amount, "eur")


@pytest.mark.parametrize("currency", ["EUR", "eu", "euro", "e1r", ""])
def test_a_currency_is_three_lower_case_letters(currency):
    """Anything else is a mistake of the caller's."""
    with pytest.raises(ValueError, match="three lower-case letters"):
        Money(1, currency)
