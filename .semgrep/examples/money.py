from decimal import Decimal


# ruleid: no-floats-in-the-domain
def share(part: float) -> int: ...


# ruleid: no-floats-in-the-domain
def rate() -> float: ...


class Price:
    # ruleid: no-floats-in-the-domain
    major: float
    # ruleid: no-floats-in-the-domain
    fee: float = 0.1
    # ok: no-floats-in-the-domain
    amount: int


def told(money, invoice, amount, window_days, retries):
    # ruleid: no-floats-in-the-domain
    float(money)
    # ok: no-floats-in-the-domain
    Decimal(amount).scaleb(-2)
    # ruleid: no-division-of-amounts
    money.amount / 100
    # ruleid: no-division-of-amounts
    invoice.amount_remaining // 2
    # ruleid: no-division-of-amounts
    amount / 3
    # ruleid: no-division-of-amounts
    round(money.amount, 2)
    # ok: no-division-of-amounts
    window_days / retries
    # ok: no-division-of-amounts
    money.amount - amount
