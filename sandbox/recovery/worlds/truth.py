"""Whether a charge would pass at an instant, and why not; it keeps nothing, so the order does not matter."""

from dataclasses import dataclass
from typing import Final

from sandbox.recovery.worlds.banks import hour_factor
from sandbox.recovery.worlds.chance import draw
from sandbox.recovery.worlds.codes import Failure, tell
from sandbox.recovery.worlds.people import SCORED_DAYS, WARM_UP_DAYS, Bill, Calendar
from sandbox.recovery.worlds.recipe import Recipe

RISK_BLOCK_HOURS: Final = 24
"""A risk check thinks alike of all attempts of one day: failures repeated within a day are correlated."""

LOCK_VARIES: Final = 0.15
"""A bank's locks are longer or shorter than its rule says by up to this part."""

_LATE_HOUR: Final = (WARM_UP_DAYS + SCORED_DAYS // 2) * 24


@dataclass(frozen=True, slots=True)
class Truth:
    """What is so in one world. Hours are whole hours since its start, in UTC."""

    recipe: Recipe
    seed: int
    calendar: Calendar

    def cause(self, bill: Bill, hour: int, locked_until: int) -> str | None:
        """Why a charge is declined; None when it passes. `locked_until` is an hour, 0 for no lock."""
        wallet = bill.person.wallet
        if wallet.is_dead(hour):
            return wallet.death
        if wallet.issuer.outage_at(hour):
            return "outage"
        if hour < locked_until:
            return "lock"
        if not self.has_funds(bill, hour):
            return "funds"
        return "risk" if self._risk_share(bill, hour) >= self.passing(bill, hour) else None

    def has_funds(self, bill: Bill, hour: int) -> bool:
        funds = bill.person.funds
        if funds is None:
            return True
        return funds.balances[funds.half(*self.calendar.local(hour, bill.person.zone))] >= bill.amount

    def passing(self, bill: Bill, hour: int) -> float:
        """The probability, 0 to 1, to pass the risk check at an hour."""
        if bill.passing == 1.0:
            return 1.0
        wallet = bill.person.wallet
        shape = wallet.issuer.shapes[wallet.funding]
        if shape == "flat":
            return bill.passing
        return min(0.97, bill.passing * hour_factor(shape, self.calendar.local(hour, bill.person.zone)[1]))

    def lock_after(self, bill: Bill, hour: int, cause: str, locked_until: int) -> int:
        """The hour until which the issuer locks the card after a decline; each one in a lock prolongs it."""
        if not bill.person.wallet.issuer.locks or cause not in ("funds", "risk", "lock"):
            return locked_until
        key = self.seed, bill.person.number, hour
        if cause != "lock" and draw(*key, "trigger") >= self.recipe.lock_trigger:
            return locked_until
        long = bill.person.wallet.issuer.lock_hours * (1 - LOCK_VARIES + 2 * LOCK_VARIES * draw(*key, "lock"))
        return max(locked_until, hour + 1 + int(long))

    def told(self, bill: Bill, hour: int, cause: str, locked_until: int) -> Failure:
        """The decline as Stripe tells it."""
        key = self.seed, bill.person.number, hour
        left = self._hours_left(bill, hour, cause, locked_until)
        return tell(self.recipe, bill.person.wallet, cause, left, key, late=hour >= _LATE_HOUR)

    def _risk_share(self, bill: Bill, hour: int) -> float:
        return draw(self.seed, bill.person.number, "risk", bill.id, hour // RISK_BLOCK_HOURS)

    def _hours_left(self, bill: Bill, hour: int, cause: str, locked_until: int) -> int | None:
        """What an issuer that advises knows: when its lock ends, or when money is there again."""
        if cause == "lock":
            return locked_until - hour
        if cause != "funds" or not self.recipe.advised_share:
            return None
        return next((left for left in range(1, 240, 6) if self.has_funds(bill, hour + left)), None)
