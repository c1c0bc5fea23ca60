from datetime import timedelta

from dunwell.domain.policies import PastDueAction, PastDuePolicy

from tests.build import sent_invoice, settings


def test_a_refused_final_action_is_told_and_bounded(world):
    """Three keys on three nights, then nothing is sent any more."""
    world.settings.chosen = settings(past_due=PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, 30))
    world.says(sent_invoice())
    world.comes_to(50)
    world.book.update(lambda: world.book.look("in_1"))
    world.processor.edits_work = False
    for _ in range(5):
        world.finish()
        world.clock.at += timedelta(days=1)
    assert [key for _, key in world.processor.edits] == [
        f"dunwell-in_1-mark-uncollectible-{n}" for n in (1, 2, 3)
    ]
    assert world.telling.counts["FinalActionsRefused"] == 5
