import pytest

from sandbox.simulation.runs import run_fast


@pytest.mark.parametrize(
    "seed",
    [
        182_934,  # two invoices began an attempt on one card at once
        486_042,  # an attempt reached its network long after it was begun
        299_621,  # a final action's key was first sent hours after it was begun
        220_580,  # a payment settled as the history was judged
        168_351,  # and another one as the hour after it was over
        269_701,  # a card was renewed as its invoice was first looked at
    ],
)
def test_a_seed_that_broke_an_invariant_holds_now(seed):
    """Each was found by a run of many hours, and tells what was mended then."""
    assert run_fast(seed).violation is None
