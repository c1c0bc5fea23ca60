"""How well failed payments are retried: worlds, policies, a driver and what is counted."""
