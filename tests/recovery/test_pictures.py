"""Labels in a picture can be read."""

from itertools import pairwise

from sandbox.recovery.pictures import labels_apart


def test_labels_of_neighbours_do_not_cover_one_another():
    """On one side they keep a line's height apart; a point alone keeps its label beside it."""
    points = [(6.0, 60.0, "a"), (6.0, 59.5, "b"), (6.0, 59.0, "c"), (1.0, 10.0, "alone")]
    placed = {name: (height, side) for _, _, name, height, side in labels_apart(points)}
    heights = [placed[name][0] for name in "abc"]
    assert all(above - below > 3 for above, below in pairwise(heights))
    assert placed["alone"] == (10.0, 1)


def test_a_label_goes_left_where_a_neighbour_stands_right():
    """It would cover the neighbour's point."""
    placed = {name: side for _, _, name, _, side in labels_apart([(5.0, 60.0, "a"), (5.5, 60.0, "b")])}
    assert placed == {"a": -1, "b": 1}


def test_nothing_to_label_is_no_fault():
    """A board may be empty."""
    assert labels_apart([]) == []
