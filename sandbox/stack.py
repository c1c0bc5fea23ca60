"""The whole sandbox in one object: moto with the deployed stack, the fake Stripe, the driver, the clock."""

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final

import boto3
import time_machine
from dunwell.adapters.stripe_processor import EVENT_TYPES
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.ses.models import ses_backends

from sandbox.cloud.calls import Calls
from sandbox.cloud.cheap_queries import cheap_queries
from sandbox.cloud.cheap_queues import cheap_queues
from sandbox.cloud.cheap_transactions import cheap_transactions
from sandbox.cloud.deployment import Deployment, deploy
from sandbox.cloud.driver import Driver, Outside
from sandbox.cloud.functions import CREDENTIALS, Functions, environment
from sandbox.cloud.permissions import Permissions
from sandbox.cloud.service_models import read_once
from sandbox.cloud.translation import REGION
from sandbox.cloud.wiring import read_wiring
from sandbox.fake_stripe.account import Account
from sandbox.fake_stripe.api import StripeAPI
from sandbox.fake_stripe.bank import Bank, ScriptedBank
from sandbox.fake_stripe.server import StripeServer
from sandbox.fake_stripe.webhooks import Disorder, Endpoint, Webhooks
from sandbox.listener import Listener
from sandbox.merchant import SECRET, Merchant
from sandbox.post_office import PostOffice

API_KEY: Final = "rk_test_sandbox"
WEBHOOK_SECRET: Final = "whsec_sandbox"  # noqa: S105 - made up, good for this machine only
SENDER: Final = "billing@dunwell.example.com"
WEBHOOK_PATH: Final = "/webhooks/stripe"

SETTLED: Final = timedelta(minutes=15)
"""What is younger is on its ordinary way, and no tick of the catch-up is worth playing for it."""

LIVE: Final = {"active_since": "2000-01-01T00:00:00+00:00", "retry": {"kind": "even"}}
"""Settings that collect from the first day, by the schedule whose days a test can count."""


@dataclass(slots=True)
class Sandbox:
    """One running sandbox. Everything in it follows the travelling clock."""

    deployment: Deployment
    permissions: Permissions
    functions: Functions
    driver: Driver
    account: Account
    api: StripeAPI
    webhooks: Webhooks
    server: StripeServer
    logs: io.StringIO
    calls: Calls
    post_office: PostOffice
    listener: Listener
    merchant: Merchant

    def apply_settings(self, settings: Mapping[str, Any]) -> None:
        """Writes a new version of the owner's settings, valid at once for functions that start anew."""
        table = boto3.resource("dynamodb", region_name=REGION).Table(
            self.deployment.physical_ids["SettingsTable"]
        )
        version = 1 + table.scan(Select="COUNT")["Count"]
        table.put_item(Item={"name": "settings", "version": version, "body": json.dumps(settings)})

    def rotate_webhook_secret(self, secret: str) -> None:
        """Stripe signs with another secret from now on, and the owner has stored it; the old one is gone."""
        for endpoint in self.webhooks.endpoints:
            endpoint.secret = secret
        _store_secrets(self.deployment, [secret])

    def put_link(self, token: str) -> None:
        """Has a token of one's own choosing open its invoice's page, as a mail's would, for a month."""
        invoice_id, secret = token.split(".")
        now = self.driver.now()
        boto3.resource("dynamodb", region_name=REGION).Table(
            self.deployment.physical_ids["PagesTable"]
        ).put_item(
            Item={
                "invoice_id": invoice_id,
                "digest": hashlib.sha256(secret.encode()).hexdigest(),
                "issued_at": now.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"),
                "expires_at": int(now.timestamp()) + 30 * 86_400,
            }
        )

    def mails(self) -> list[EmailMessage]:
        """Every mail that SES was handed, oldest first, as a mail program would read it."""
        backend = ses_backends[DEFAULT_ACCOUNT_ID][REGION]
        found = [message_from_bytes(_raw(sent), policy=policy.default) for sent in backend.sent_messages]
        return [message for message in found if isinstance(message, EmailMessage)]

    def items(self, table: str) -> list[dict[str, Any]]:
        """All items of a table, by its logical id, page by page as DynamoDB gives them."""
        rows = boto3.resource("dynamodb", region_name=REGION).Table(self.deployment.physical_ids[table])
        found, page = [], rows.scan()
        while True:
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found
            page = rows.scan(ExclusiveStartKey=page["LastEvaluatedKey"])

    def invoice_rows(self, invoice_id: str) -> list[dict[str, Any]]:
        """What is stored of one invoice, in the order of its parts."""
        rows = [item for item in self.items("InvoicesTable") if item["invoice_id"] == invoice_id]
        return sorted(rows, key=lambda row: str(row["part"]))

    def ledger(self, invoice_id: str) -> list[dict[str, Any]]:
        """The decisions on one invoice, the oldest first, as they are stored."""
        rows = [row for row in self.invoice_rows(invoice_id) if str(row["part"]).startswith("ledger#")]
        return [json.loads(str(row["body"])) for row in rows]

    def run_until(self, end: datetime, **options: Any) -> None:
        self.driver.run_until(end, **options)


@dataclass(frozen=True, slots=True)
class Options:
    """How a sandbox differs from the plain one. `settings` {} leaves the owner's settings unwritten."""

    settings: Mapping[str, Any] = field(default_factory=lambda: LIVE)
    bank: Bank | None = None
    endpoints: Sequence[Endpoint] = (Endpoint(WEBHOOK_SECRET),)
    engine_retry_days: Sequence[int] = ()
    disorder: Disorder | None = None
    seed: int = 0
    skew: timedelta = timedelta(0)
    """By how much Stripe's clock is ahead of ours."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    quiet: bool = True


@contextmanager
def open_sandbox(start: datetime, options: Options | None = None, *, tick: bool = False) -> Iterator[Sandbox]:
    """Deploys the template and starts everything at `start`, frozen there unless `tick`.

    What the functions print (logs, metrics) goes to `Sandbox.logs` unless the options are not quiet.
    """
    chosen = options or Options()
    logs = io.StringIO()
    with (
        environment(dict(CREDENTIALS)),
        mock_aws(),
        cheap_transactions(),
        cheap_queues(),
        cheap_queries(),
        read_once(),
        time_machine.travel(start, tick=tick) as clock,
        redirect_stdout(logs) if chosen.quiet else nullcontext(),
        (merchant := Merchant()).listening(),
    ):
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
            os.environ.pop(name, None)
        prefix = f"{chosen.seed:x}x" if chosen.seed else ""
        account = Account(
            chosen.bank or ScriptedBank(), lambda: _now() + chosen.skew, chosen.engine_retry_days, prefix
        )
        api = StripeAPI(account, API_KEY)
        webhooks = Webhooks(account, api, chosen.endpoints, chosen.disorder, chosen.seed)
        server = StripeServer(api, chosen.port)
        try:
            sandbox = _assembled(chosen, api, webhooks, server, clock, logs, merchant)
            with sandbox.calls.guarded():
                yield sandbox
        finally:
            server.close()


def _assembled(
    options: Options,
    api: StripeAPI,
    webhooks: Webhooks,
    server: StripeServer,
    clock: Any,
    logs: io.StringIO,
    merchant: Merchant,
) -> Sandbox:
    deployment = deploy(_parameters(options, server))
    permissions, post_office, listener = Permissions(deployment), PostOffice(), Listener()
    calls = Calls([permissions.check, post_office.hear, listener.hear])
    functions = Functions(deployment)
    driver = Driver(functions, read_wiring(deployment), clock)
    driver.outsides = _outsides(webhooks, post_office, api.account, options.skew)
    driver.work_of["ReconciliationSweep"] = lambda: _missed_since(deployment, api.account)
    webhooks.deliver = lambda body, headers: driver.request("POST", WEBHOOK_PATH, body, headers)
    sandbox = Sandbox(
        deployment,
        permissions,
        functions,
        driver,
        api.account,
        api,
        webhooks,
        server,
        logs,
        calls,
        post_office,
        listener,
        merchant,
    )
    _do_as_the_owner(sandbox, webhooks, options.settings)
    return sandbox


def _parameters(options: Options, server: StripeServer) -> dict[str, str]:
    """What the template is deployed with."""
    return {
        "SenderAddress": SENDER,
        "SenderIdentity": SENDER.split("@")[1],
        "Livemode": "false",
        "StripeApiBase": server.url,
        **options.parameters,
    }


def _missed_since(deployment: Deployment, account: Account) -> datetime | None:
    """Since when an event waits to be delivered or applied: a peek at the ledgers, not a call."""
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[deployment.physical_ids["EventsTable"]]
    known = {item.attrs["event_id"].value: item.attrs for item in table.all_items()}
    stored = [row["stored_at"].value for row in known.values() if "waiting" in row]
    events = [e for e in account.objects["event"].values() if e.get("pending_webhooks")]
    sent = [e["created"] for e in events if e["type"] in EVENT_TYPES and e["id"] not in known]
    instants = [datetime.fromisoformat(min(stored))] if stored else []
    instants += [datetime.fromtimestamp(min(sent), UTC)] if sent else []
    return min(instants) + SETTLED if instants else None


def _do_as_the_owner(sandbox: Sandbox, webhooks: Webhooks, settings: Mapping[str, Any]) -> None:
    """What the deploying guide asks of the owner: the secret, the sender's identity, the settings."""
    _store_secrets(sandbox.deployment, [endpoint.secret for endpoint in webhooks.endpoints])
    names = [one["name"] for one in settings.get("webhooks", [])]
    _put_secret(sandbox.deployment, "WebhookSecretsName", {name: [SECRET] for name in names})
    boto3.client("sesv2", region_name=REGION).create_email_identity(EmailIdentity=SENDER.split("@")[1])
    if settings:
        sandbox.apply_settings(settings)


def _store_secrets(deployment: Deployment, webhook_secrets: list[str]) -> None:
    secrets = {"api_key": API_KEY, "webhook_secrets": webhook_secrets}
    _put_secret(deployment, "StripeSecretName", secrets)


def _put_secret(deployment: Deployment, output: str, secrets: Mapping[str, Any]) -> None:
    boto3.client("secretsmanager", region_name=REGION).put_secret_value(
        SecretId=deployment.outputs[output], SecretString=json.dumps(secrets)
    )


def _outsides(
    webhooks: Webhooks, post_office: PostOffice, account: Account, skew: timedelta
) -> list[Outside]:
    """Who acts by themselves, Stripe by its own clock."""
    return [
        Outside("WebhookIntake", lambda: _by_our_clock(webhooks.next_at(), skew), webhooks.advance),
        Outside("the mail service reports", post_office.next_at, post_office.advance),
        Outside(
            "the processor acts by itself",
            lambda: _by_our_clock(account.next_at(), skew),
            account.advance,
        ),
    ]


def _by_our_clock(at: datetime | None, skew: timedelta) -> datetime | None:
    return at - skew if at is not None else None


def _raw(sent: Any) -> bytes:
    data = sent.raw_data
    return data if isinstance(data, bytes) else str(data).encode()


def _now() -> datetime:
    return datetime.now(UTC)
