"""Amounts in the owner's commands and pages."""

from dunwell.domain.money import Money


def written(money: Money) -> str:
    return f"{money.major:,} {money.currency.upper()}"
