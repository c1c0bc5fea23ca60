"""Stripe's form encoding."""

from typing import Any
from urllib.parse import parse_qsl

from sandbox.fake_stripe.objects import Json


def nested(form: str) -> Json:
    """Stripe's form encoding, a[b]=c and a[0]=c, as nested objects and lists."""
    result: Json = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        first, *keys = name.replace("]", "").split("[")
        place: Any = result
        path = [first, *keys]
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = value
    return {key: _listed(value) for key, value in result.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    items = {key: _listed(item) for key, item in value.items()}
    if items and all(key.isdigit() or key == "" for key in items):
        return list(items.values())
    return items
