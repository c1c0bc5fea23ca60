import hashlib

from dunwell.domain.holdout import is_held_out


def test_a_share_of_the_customers_is_held_out_for_good():
    """About five in a hundred; whoever is in stays in when the share grows, and nobody is at none."""
    names = [f"cus_{n}" for n in range(4000)]
    few = {name for name in names if is_held_out(name, 5)}
    assert 140 < len(few) < 260
    assert few <= {name for name in names if is_held_out(name, 20)}
    assert not any(is_held_out(name, 0) for name in names)


def test_who_is_held_out_is_a_hash_that_never_changes():
    """Whatever else does: the first of these customers, for good."""
    drawn = {
        name: int.from_bytes(hashlib.sha256(f"dunwell holdout 1|{name}".encode()).digest()[:8]) / 2**64
        for name in (f"cus_{n}" for n in range(300))
    }
    for percent in (1, 5, 50):
        held = {name for name in drawn if is_held_out(name, percent)}
        assert held == {name for name, at in drawn.items() if at < percent / 100}
