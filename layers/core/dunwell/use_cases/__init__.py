"""What Dunwell does: one module per function, same name, over ports. No AWS, no Stripe."""
