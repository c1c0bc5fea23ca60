from dunwell.domain.customers import (
    MessageKind,
    MessageRecord,
    MessageState,
    reminder_key,
)

from tests.build import customer, day

RECORD = MessageRecord("in_1:reminder:+0", MessageKind.REMINDER, "in_1", MessageState.PLANNED, day(0))


def test_a_reminder_is_keyed_by_its_offset():
    """A change of zone or clock never makes another one of it."""
    assert reminder_key("in_1", -3) == "in_1:reminder:-3"
    assert reminder_key("in_1", 0) == "in_1:reminder:+0"


def test_a_message_is_in_hand_until_it_has_an_end():
    """Handed over, or being sent."""
    in_hand = {state for state in MessageState if RECORD.moved(state, day(1)).in_hand}
    assert in_hand == {MessageState.PLANNED, MessageState.CLAIMED}
    assert RECORD.moved(MessageState.SENT, day(1)).at == day(1)


def test_changed_records_replace_those_of_their_key():
    """New ones are added; the others stay."""
    sent = RECORD.moved(MessageState.SENT, day(1))
    other = MessageRecord("x", MessageKind.REMINDER, "in_2", MessageState.SENT, day(0))
    changed = customer(records=(RECORD, other)).with_records([sent])
    assert set(changed.records) == {sent, other}
    assert changed.record("x") == other
    assert changed.record("nothing") is None
