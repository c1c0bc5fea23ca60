"""Whose days and hours count."""

from zoneinfo import ZoneInfo

from sandbox.simulation.witness import Witness


def zone_of(witness: Witness, customer_id: str) -> ZoneInfo:
    """The customer's zone: their metadata says it, else the owner's counts."""
    customer = witness.account.objects["customer"][customer_id]
    return ZoneInfo(customer["metadata"].get("time_zone") or witness.settings.time_zone)
