"""Queues: a message that is worked on is hidden from other pollers, unless it is handed out twice."""

from contextlib import nullcontext

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.sqs.models import Queue

from sandbox.cloud.cheap_queues import cheap_queues
from sandbox.cloud.queues import next_visible_at
from sandbox.cloud.translation import REGION
from sandbox.stack import open_sandbox
from tests.build import DAY_0


@pytest.mark.parametrize("doubled", [False, True])
def test_a_message_is_handed_out_once_unless_it_is_doubled(doubled):
    """Another poller would find it while the first one works; whoever ends first deletes it for both."""
    with open_sandbox(DAY_0) as sandbox:
        (poller,) = [one for one in sandbox.driver.queues if one.mapping.function == "FinalAction"]
        url, seen = poller.mapping.queue_url, []
        poller.is_doubled = lambda: doubled

        def invoked(function, event):
            seen.append((function, next_visible_at(url, sandbox.driver.now()) == sandbox.driver.now()))
            return {"batchItemFailures": []}

        sandbox.functions.invoke = invoked
        boto3.client("sqs", region_name=REGION).send_message(QueueUrl=url, MessageBody="{}")
        assert poller.advance(sandbox.driver.now()) == 1
        assert seen == [("FinalAction", doubled)]
        assert next_visible_at(url, sandbox.driver.now()) is None


@pytest.fixture
def counted(monkeypatch):
    """How often moto has counted the messages that can be received."""
    times, count = [], Queue.approximate_number_of_messages.fget
    monkeypatch.setattr(
        Queue, "approximate_number_of_messages", property(lambda queue: times.append(1) or count(queue))
    )
    return times


def test_messages_are_counted_only_for_who_asks(counted):
    """Not for each that is sent or received, which made a full queue's time grow with its square."""
    with mock_aws(), cheap_queues():
        sqs = boto3.client("sqs", region_name=REGION)
        url = sqs.create_queue(QueueName="full", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
        for number in range(5):
            sqs.send_message(QueueUrl=url, MessageBody=f"{number}")
        assert sqs.receive_message(QueueUrl=url)["Messages"]
        assert not counted
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        assert told == {"ApproximateNumberOfMessages": "4", "ApproximateNumberOfMessagesNotVisible": "1"}


def test_a_queue_tells_the_same_of_itself_as_motos_own():
    """All attributes at once, and one by one; what only a FIFO queue has it does not have."""
    with mock_aws():
        sqs = boto3.client("sqs", region_name=REGION)
        dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 3}}'
        for name, more in (("plain", {"RedrivePolicy": redrive}), ("first.fifo", {"FifoQueue": "true"})):
            url = sqs.create_queue(QueueName=name, Attributes=more)["QueueUrl"]
            told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            with cheap_queues():
                again = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
                one_by_one = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[*told])["Attributes"]
                kind = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["FifoQueue"]).get("Attributes")
            assert again == one_by_one == told
            assert (kind or {}) == {name: value for name, value in more.items() if name == "FifoQueue"}


@pytest.mark.parametrize("made_cheap", [cheap_queues, nullcontext], ids=["cheap", "moto's own"])
def test_a_message_is_deleted_once_and_only_by_a_handle_of_its_own(made_cheap):
    """Again does no harm, a handle that nobody has is refused, others stay; neither a hidden nor a delayed
    message is received."""
    with mock_aws(), made_cheap():
        sqs = boto3.client("sqs", region_name=REGION)
        url = sqs.create_queue(QueueName="full", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
        for number in range(3):
            sqs.send_message(QueueUrl=url, MessageBody=f"{number}")
        sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=300)
        taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2)["Messages"]
        for _ in range(2):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=taken[0]["ReceiptHandle"])
        with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
            sqs.delete_message(QueueUrl=url, ReceiptHandle="nobody's")
        left = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert [message["Body"] for message in left] == ["2"]
        names = ["ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        assert told == {
            "ApproximateNumberOfMessagesNotVisible": "2",
            "ApproximateNumberOfMessagesDelayed": "1",
        }
