"""The owner's settings as a document: what may stand in it, what is wrong with one, and what it means."""

from dunwell.settings.kinds import Path, Problem, dotted
from dunwell.settings.reading import SettingsError, problems_in, read_plain, read_settings

__all__ = ["Path", "Problem", "SettingsError", "dotted", "problems_in", "read_plain", "read_settings"]
