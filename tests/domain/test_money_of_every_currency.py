"""Amounts in each of Stripe's currencies: exact however large, and never a float."""

from decimal import Decimal

import pytest
from dunwell.domain.money import THREE_DECIMAL, ZERO_DECIMAL, Money
from hypothesis import given
from hypothesis import strategies as st

CURRENCIES = sorted(
    "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn "
    "bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf "
    "gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp "
    "lkr lrd lsl mad mdl mga mkd mmk mnt mop mro mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr "
    "pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sll sos srd std svc "
    "szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw".split()
)
"""What Stripe lists (docs.stripe.com/currencies), those of recent years that were replaced included."""

AMOUNTS = [
    0, 1, -1, 9, 10, 99, 100, 999, 1_000, 1_050, 99_999_999, 2**63 - 1, 10**28 + 1, 10**40 + 1, -(10**40) - 1,
]  # fmt: skip

currencies = st.sampled_from(CURRENCIES)
amounts = st.sampled_from(AMOUNTS) | st.integers(-(10**50), 10**50)


def digits_of(told: str) -> int:
    """The minor units in an amount told in major ones: its digits, read without the point."""
    return int(told.replace(".", ""))


@pytest.mark.parametrize("currency", CURRENCIES)
def test_an_amount_is_told_to_the_last_minor_unit(currency):
    """0, 1 and huge ones; the digits that are told are the amount's own."""
    places = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    for amount in AMOUNTS:
        money = Money(amount, currency)
        told, code = str(money).split(" ")
        assert (digits_of(told), code) == (amount, currency.upper())
        assert len(told.partition(".")[2]) == places == money.exponent
        assert type(money.major) is Decimal
        assert money.major.as_tuple().exponent == -places


def test_currencies_that_only_lost_their_decimals_keep_them_in_stripes_amounts():
    """5 UGX are 500 to Stripe, as 5 ISK are (docs.stripe.com/currencies, special cases)."""
    assert [str(Money(500, currency)) for currency in ("ugx", "isk", "huf", "twd")] == [
        "5.00 UGX", "5.00 ISK", "5.00 HUF", "5.00 TWD",
    ]  # fmt: skip


@given(amounts, amounts, currencies)
def test_sums_and_differences_lose_nothing(one, other, currency):
    """What was added can be taken away again, and amounts compare as their minor units do."""
    first, second = Money(one, currency), Money(other, currency)
    assert (first + second) - second == first
    assert (first - second) + second == first
    assert type((first + second).amount) is int
    assert (first < second, first <= second, bool(first)) == (one < other, one <= other, one != 0)


@given(amounts, currencies)
def test_the_major_amount_is_exact(amount, currency):
    """Digit by digit, beyond the precision of a float and of a decimal context."""
    money = Money(amount, currency)
    sign, digits, exponent = money.major.as_tuple()
    assert int("".join(map(str, digits))) * (-1 if sign else 1) == amount
    assert exponent == -money.exponent


@given(st.floats() | st.booleans() | st.decimals() | st.text() | st.none(), currencies)
def test_nothing_but_whole_minor_units_is_an_amount(amount, currency):
    """A float is refused even where it is whole."""
    with pytest.raises(TypeError, match="int of minor units"):
        Money(amount, currency)
