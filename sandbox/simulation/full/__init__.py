"""The full model: the deployed template, the real handlers, pynamodb, boto3 and the Stripe SDK, over moto
and the fake Stripe."""
