"""The cloud on one machine: the template deployed into moto, its wiring driven, a fake Stripe beside it."""
