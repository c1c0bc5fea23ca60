"""How a decline is told: codes that name its cause, mask it or err, and advice."""

from typing import Final

from sandbox.recovery.worlds.cards import Wallet
from sandbox.recovery.worlds.chance import draw, pick
from sandbox.recovery.worlds.recipe import FORBIDDING, FORBIDDING_ADVICE, Recipe

Failure = dict[str, str | None]

_NETWORK: Final = {
    "insufficient_funds": "51",
    "do_not_honor": "05",
    "generic_decline": "05",
    "card_velocity_exceeded": "65",
    "issuer_not_available": "91",
    "try_again_later": "91",
    "processing_error": "96",
    "expired_card": "54",
    "invalid_account": "14",
    "lost_card": "41",
    "stolen_card": "43",
    "pickup_card": "04",
}
_HOURS_OF_ADVICE: Final = (
    (1, "24"),
    (24, "25"),
    (48, "26"),
    (96, "27"),
    (144, "28"),
    (192, "29"),
    (240, "30"),
)
"""Mastercard's advice to retry after so many hours, and its code."""

_DEAD: Final = FORBIDDING | {"invalid_account"}


def tell(
    recipe: Recipe,
    wallet: Wallet,
    cause: str,
    hours_left: int | None,
    key: tuple[int | str, ...],
    *,
    late: bool,
) -> Failure:
    """What Stripe tells. `hours_left`: until it would pass as far as the issuer knows, None if unknown."""
    code = pick(recipe.told_as(cause, late=late), draw(*key, "code"))
    return {
        "decline_code": code,
        "advice_code": _stripe_advice(code, draw(*key, "advice")),
        "network_decline_code": _NETWORK.get(code),
        "network_advice_code": _network_advice(recipe, wallet, cause, hours_left, key),
    }


def forbids_retries(failure: Failure) -> bool:
    """Whether a retry of the same card would be a violation."""
    return failure["decline_code"] in FORBIDDING or failure["network_advice_code"] in FORBIDDING_ADVICE


def _stripe_advice(code: str, share: float) -> str | None:
    if code in _DEAD:
        return "do_not_try_again" if share < 0.8 else None
    if code == "expired_card":
        return "confirm_card_data" if share < 0.7 else None
    return "try_again_later" if share < 0.5 else None


def _network_advice(
    recipe: Recipe, wallet: Wallet, cause: str, hours_left: int | None, key: tuple[int | str, ...]
) -> str | None:
    """Mastercard's advice, right more often than not."""
    share, errs = draw(*key, "network"), draw(*key, "errs")
    if wallet.brand != "mastercard" or share >= recipe.advised_share:
        return None
    if errs < 0.04:
        return "03"
    if cause in _DEAD or cause == "expired_card":
        return "03" if errs < 0.7 else "21" if errs < 0.85 else "02"
    if errs < 0.3:
        return _HOURS_OF_ADVICE[int(draw(*key, "wrong") * 7)][1]
    if hours_left is None:
        return "02"
    return next((code for hours, code in _HOURS_OF_ADVICE if hours_left <= hours), "30")
