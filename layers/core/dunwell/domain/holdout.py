"""Who gets the even schedule, so that Smart Retries can be compared with it: drawn once for each customer."""

import hashlib
from typing import Final

SALT: Final = "dunwell holdout 1"
"""Never changed: a customer who was held out stays so, whatever the owner sets."""


def is_held_out(customer_id: str, percent: int) -> bool:
    """Whether a customer gets the even schedule for comparison. Who is in stays in when the share grows."""
    drawn = int.from_bytes(hashlib.sha256(f"{SALT}|{customer_id}".encode()).digest()[:8])
    return drawn < percent * 2**64 // 100
