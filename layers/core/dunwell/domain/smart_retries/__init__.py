"""Smart Retries: why a payment failed, when it would succeed, and which times to try. Pure, standard
library only."""
