"""What the domain remembers is forgotten first: a process that has run the tests before would find the
answers of then, and not notice a mutant (`make mutate` forks one for each)."""

import sys

import pytest


@pytest.fixture(scope="session", autouse=True)
def _nothing_remembered():
    modules = [module for name, module in sys.modules.items() if name.startswith("dunwell.domain.")]
    for module in modules:
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
