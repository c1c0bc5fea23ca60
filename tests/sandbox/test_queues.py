"""Queues: a message that is worked on is hidden from other pollers, unless it is handed out twice."""

import boto3
import pytest

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
