from datetime import timedelta

from dunwell.domain.customers import MessageState

from tests.build import day


def test_a_mail_claimed_long_ago_is_unknown_and_never_sent_again(world):
    """Its function died between the claim and the record."""
    world.handed_over()
    claimed = world.record().moved(MessageState.CLAIMED, day(0))
    world.customers.move("cus_1", world.record(), claimed)
    world.comes_to(1)
    world.remind()
    assert world.record().state is MessageState.UNKNOWN
    assert world.telling.counts["MailsUnknown"] == 1
    world.deliver()
    assert world.mailer.sent == []


def test_a_mail_whose_message_was_lost_is_handed_over_again(world):
    """A quarter of an hour later."""
    world.handed_over()
    assert world.customers.due_at["cus_1"] == day(0) + timedelta(minutes=15)
    world.clock.at += timedelta(minutes=15)
    world.remind()
    assert len(world.queues.sent) == 2
