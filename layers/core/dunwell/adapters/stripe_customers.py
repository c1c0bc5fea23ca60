"""The customer behind an invoice, read from Stripe's JSON by shape."""

from typing import Final

from dunwell.adapters.stripe_json import Json, child, instant, text
from dunwell.adapters.stripe_shapes import customer_id_of, metadata_of
from dunwell.adapters.time_zones import time_zone_of
from dunwell.domain.customers import Customer

TIME_ZONE_KEY: Final = "time_zone"
"""Customer metadata that names their IANA zone."""


def customer_from(invoice: Json) -> Customer:
    """The customer behind an invoice. E-mail and name freeze on it at finalization; the zone and the
    languages are the customer's own."""
    customer = child(invoice, "customer")
    address = child(customer, "address") or child(invoice, "customer_address")
    locales = customer.get("preferred_locales")
    return Customer(
        id=customer_id_of(invoice),
        email=text(invoice.get("customer_email")) or text(customer.get("email")),
        name=text(invoice.get("customer_name")) or text(customer.get("name")),
        time_zone=time_zone_of(
            metadata_of(customer).get(TIME_ZONE_KEY), text(address.get("country")), text(address.get("state"))
        ),
        preferred_locales=tuple(x for x in locales if isinstance(x, str))
        if isinstance(locales, list)
        else (),
        metadata=metadata_of(customer),
        created_at=instant(customer.get("created")),
        country=(text(address.get("country")) or "").upper() or None,
        region=text(address.get("state")),
    )
