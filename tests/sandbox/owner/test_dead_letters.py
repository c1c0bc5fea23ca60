"""What is read of a stack, and what is moved of its dead letters, whatever AWS answers."""

from sandbox.owner.dead_letters import Queue, read_stack, redrive


class Sqs:
    """A queue and its dead letters, of which `refused` are not taken; what is sent is poison at once."""

    def __init__(self, dead, *, refused=(), comes_back=False):
        self.dead = list(dead)
        self.sent = []
        self.held = []
        self.refused = refused
        self.comes_back = comes_back

    def receive_message(self, MaxNumberOfMessages, **_):  # noqa: N803 - boto3 names it so
        batch, self.dead = self.dead[:MaxNumberOfMessages], self.dead[MaxNumberOfMessages:]
        self.held += batch
        return {"Messages": [{"MessageId": b, "ReceiptHandle": b, "Body": b} for b in batch]}

    def send_message_batch(self, Entries, **_):  # noqa: N803
        taken = [entry for entry in Entries if entry["MessageBody"] not in self.refused]
        self.sent += [entry["MessageBody"] for entry in taken]
        self.dead += [entry["MessageBody"] for entry in taken if self.comes_back]
        return {"Successful": [{"Id": entry["Id"]} for entry in taken]}

    def delete_message_batch(self, Entries, **_):  # noqa: N803
        for entry in Entries:
            assert entry["ReceiptHandle"] in self.sent
            self.held.remove(entry["ReceiptHandle"])
        return {"Successful": Entries}


QUEUE = Queue("retry_execution", "queue", "dead")


def test_poison_that_comes_back_at_once_is_not_chased():
    """As many as lay there at the start are moved, then it ends."""
    sqs = Sqs([f"b{n}" for n in range(25)], comes_back=True)
    assert list(redrive(sqs, QUEUE, 25)) == [True] * 25
    assert len(sqs.sent) == 25


def test_what_was_not_sent_is_not_deleted():
    """It is said of one message that it was not moved, and it is still held."""
    sqs = Sqs(["a", "b", "c"], refused=("b",))
    assert sorted(redrive(sqs, QUEUE, 3)) == [False, True, True]
    assert sqs.held == ["b"]
    assert list(redrive(Sqs(["b"], refused=("b",)), QUEUE, 1)) == [False]


class CloudFormation:
    """A stack listed over pages, each of one resource."""

    def __init__(self, *names):
        self.names = names

    def get_paginator(self, operation):
        assert operation == "list_stack_resources"
        return self

    def paginate(self, StackName):  # noqa: N803
        for name in self.names:
            kind = "AWS::SNS::Topic" if name.startswith("Topic") else "AWS::SQS::Queue"
            state = "DELETE_COMPLETE" if name.startswith("Gone") else "UPDATE_COMPLETE"
            found = {"LogicalResourceId": name, "ResourceType": kind, "ResourceStatus": state}
            yield {"StackResourceSummaries": [{**found, "PhysicalResourceId": f"url/{name}"}]}


def test_a_stack_is_read_to_its_last_page():
    """A queue on one page and its dead letters on another belong together; what is gone is no queue."""
    names = "LateEventDeadLetters TopicDeadLetters LateEventQueue OddDeadLetters GoneDeadLetters GoneQueue"
    stack = read_stack(CloudFormation(*names.split()), "s")
    assert stack.queues == [Queue("late_event", "url/LateEventQueue", "url/LateEventDeadLetters")]
    assert stack.unqueued == {"OddDeadLetters": "url/OddDeadLetters"}
