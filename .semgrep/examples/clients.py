import urllib.request
from http.client import HTTPConnection

import boto3
import httpx
import requests
import stripe
from botocore.config import Config
from dunwell.adapters import aws
from dunwell.adapters.aws import client
from pynamodb.connection import Connection

# ruleid: clients-have-timeouts
boto3.client("sqs")
# ruleid: clients-have-timeouts
boto3.resource("dynamodb", region_name="eu-central-1")
# ruleid: clients-have-timeouts
boto3.Session().client("sqs")
# ok: clients-have-timeouts
boto3.client("sqs", config=limits)
# ruleid: clients-have-timeouts
Config(connect_timeout=1)
# ok: clients-have-timeouts
Config(connect_timeout=1, read_timeout=1, retries=tries)
# ruleid: clients-have-timeouts
Connection("eu-central-1")
# ok: clients-have-timeouts
Connection("eu-central-1", connect_timeout_seconds=1, read_timeout_seconds=1)
# ruleid: clients-have-timeouts
stripe.StripeClient("key", max_network_retries=0)
# ok: stripe-never-retries-by-itself
stripe.StripeClient("key", http_client=stripe.RequestsClient(timeout=3), max_network_retries=0)
# ruleid: clients-have-timeouts
stripe.RequestsClient()
# ruleid: clients-have-timeouts
requests.post("https://example.com")
# ok: clients-have-timeouts
requests.post("https://example.com", timeout=3)
# ruleid: clients-have-timeouts
httpx.get("https://example.com")
# ruleid: clients-have-timeouts
urllib.request.urlopen("https://example.com")
# ok: clients-have-timeouts
urllib.request.urlopen("https://example.com", timeout=3)
# ruleid: clients-have-timeouts
HTTPConnection("example.com")

# ruleid: mails-are-sent-with-one-try
client("sesv2")
# ruleid: mails-are-sent-with-one-try
aws.client("sesv2", tries=3)
# ruleid: mails-are-sent-with-one-try
boto3.client("ses", config=limits)
# ok: mails-are-sent-with-one-try
client("sesv2", tries=1)
# ok: mails-are-sent-with-one-try
client("sqs")

# ruleid: stripe-never-retries-by-itself
stripe.StripeClient("key", http_client=http)
# ruleid: stripe-never-retries-by-itself
stripe.StripeClient("key", http_client=http, max_network_retries=2)

# ruleid: stripe-edits-carry-a-key
processor.v1.invoices.pay("in_1", {"off_session": True})
# ruleid: stripe-edits-carry-a-key
self.client.v1.credit_notes.create({"invoice": "in_1"})
# ruleid: stripe-edits-carry-a-key
self.client.v1.invoices.update("in_1", {"metadata": {}}, {"stripe_account": "acct_1"})
# ok: stripe-edits-carry-a-key
self.client.v1.invoices.pay("in_1", {"off_session": True}, {"idempotency_key": key})
# ok: stripe-edits-carry-a-key
self.client.v1.credit_notes.create({"invoice": "in_1"}, options={"idempotency_key": key})
# ok: stripe-edits-carry-a-key
self.client.v1.invoices.retrieve("in_1")
# ok: stripe-edits-carry-a-key
self.client.v1.charges.list({"limit": 1})
