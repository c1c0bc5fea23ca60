"""A fake Stripe with Stripe's own transitions, errors, idempotency layer and webhooks.

It keeps its own ledger (charges, credit notes, events): what really happened, whatever Dunwell believes.
"""
