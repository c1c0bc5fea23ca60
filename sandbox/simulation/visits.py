"""Payers on their way to the pages of their invoices: each is let in once, when something can start."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.simulation.witness import Witness
from sandbox.simulation.world import Wake


@dataclass
class Visits:
    """`waiting` are the visits that were not paid yet."""

    witness: Witness
    waiting: list[Wake] = field(default_factory=list)

    def add(self, name: str, invoice_id: str, choose: Callable[[], None]) -> None:
        """Somebody comes to choose; cut short, nobody outside knows what was taken down."""

        def visit() -> None:
            self.waiting.remove(wake)
            try:
                choose()
            except BaseException:
                self.witness.may_have_said(invoice_id)
                raise

        wake = Wake(name, visit)
        self.waiting.append(wake)
