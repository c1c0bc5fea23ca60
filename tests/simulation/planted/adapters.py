"""Adapters: what only the whole stack shows, on DynamoDB, SQS, SES and Stripe's own SDK."""

from types import SimpleNamespace

from dunwell.adapters import agenda, aws
from dunwell.adapters.codec import dumps
from dunwell.adapters.customer_store import DynamoCustomerStore
from dunwell.adapters.stripe_processor import StripeProcessor
from dunwell.adapters.tables import CustomerRow
from dunwell.domain.money import Money

from sandbox.owner import dead_letters
from tests.simulation.planted.bug import Bug, instead, value


def _tried_again(client):
    return lambda service, tries=3: client(service)


def _first_page(pages):
    return lambda self, listing: (page for number, page in enumerate(pages(self, listing)) if number == 0)


def _unconditional(_):
    def planted(self, customer_id, before, after):
        moved = [CustomerRow.body.set(dumps(after)), CustomerRow.state.set(after.state.value)]
        CustomerRow(customer_id, f"message#{before.key}").update(moved)
        return True

    return planted


def _sent_and_kept(move):
    def planted(client, queue, batch):
        keeping = SimpleNamespace(
            send_message_batch=client.send_message_batch,
            delete_message_batch=lambda QueueUrl, Entries: {"Successful": Entries},  # noqa: N803 - as SQS has it
        )
        return move(keeping, queue, batch)

    return planted


BUGS = (
    Bug(
        "ses-client-tries-again",
        "The SDK's own retry of SES, which has no idempotency token.",
        "full",
        instead(aws, "client", _tried_again),
        ("R2",),
    ),
    Bug(
        "first-page-of-stripes-lists",
        "The first page only of what Stripe lists.",
        "full",
        instead(StripeProcessor, "_pages", _first_page),
        ("E2", "E3", "E7", "N2"),
    ),
    Bug(
        "one-shard-of-the-agenda",
        "One partition of the due index read, and the others never.",
        "full",
        instead(agenda, "due_partitions", lambda partitions: lambda lane: partitions(lane)[:1]),
        ("M5b", "O2", "R3", "S1", "S3"),
    ),
    Bug(
        "claim-without-a-condition",
        "A mail claimed by a write without a condition.",
        "full",
        instead(DynamoCustomerStore, "move", _unconditional),
        ("R2", "R4"),
    ),
    Bug(
        "redrive-without-delete",
        "Dead letters sent back and not deleted, so that they come again and again.",
        "full",
        instead(dead_letters, "_move", _sent_and_kept),
        ("E2", "O1", "O2", "O3"),
    ),
    Bug(
        "two-decimals-for-every-currency",
        "A zero-decimal amount written with two decimals in a mail: a hundredth of what is due.",
        "full",
        value(Money, "exponent", property(lambda self: 2)),
        ("R5",),
    ),
)
