"""What must hold, each as a function that says what it saw when it does not. Written from the promises
alone: nothing of the application's rules is imported but the settings' values."""

from sandbox.simulation.invariants.mail import MAILED_CHECKS
from sandbox.simulation.invariants.money import ASKED_CHECKS
from sandbox.simulation.invariants.quiet import Snapshot, check_quiet

__all__ = ["ASKED_CHECKS", "MAILED_CHECKS", "Snapshot", "check_quiet"]
