"""What is right in a settings file and still surely a slip: what is never used, never matches, or means
something that does not exist."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Final

from dunwell.domain.declines import DECLINE_CODES
from dunwell.domain.invoices import CollectionMethod
from dunwell.domain.policies import Settings
from dunwell.settings import Path, Problem, read_plain
from dunwell.settings.document import DOCUMENT
from dunwell.settings.kinds import Table

Json = Mapping[str, Any]

OTHER_DECLINE_CODES: Final = (
    "approve_with_id call_issuer card_velocity_exceeded currency_not_supported do_not_honor do_not_try_again "
    "duplicate_transaction elevated_risk_level generic_decline incorrect_address incorrect_cvc incorrect_pin "
    "incorrect_zip insufficient_funds invalid_amount invalid_cvc invalid_expiry_month invalid_expiry_year "
    "invalid_pin issuer_not_available merchant_blacklist no_action_taken not_permitted offline_pin_required "
    "online_or_offline_pin_required pin_try_exceeded processing_error reenter_transaction rule "
    "security_violation service_not_allowed testmode_decline try_again_later "
    "withdrawal_count_limit_exceeded amount_too_large amount_too_small card_decline_rate_limit_exceeded "
    "charge_exceeds_source_limit could_not_process debit_declined debit_disputed "
    "payment_intent_authentication_failure payment_method_provider_decline refer_to_customer".split()
)
"""Stripe's codes that a retry may follow on, of cards and of debits (docs.stripe.com/declines/codes and
error-codes, 2026-11)."""

BILLING_REASONS: Final = (
    "automatic_pending_invoice_item_invoice manual quote_accept subscription subscription_create "
    "subscription_cycle subscription_threshold subscription_update".split()
)
"""Stripe's (docs.stripe.com/api/invoices/object, 2026-11)."""

ALSO_CALLED: Final = {"UK": "GB", "EL": "GR", "EN": "GB", "SP": "ES"}
"""What people write for a country that ISO 3166 calls otherwise."""

USED: Final = {
    "smart": frozenset({"kind", "retries", "window_days", "holdout_percent"}),
    "even": frozenset({"kind", "retries", "window_days"}),
    "custom": frozenset({"kind", "days_after_previous"}),
    "off": frozenset({"kind"}),
}
"""The fields that a kind of retries uses."""

NO_COUNTRIES: Final = frozenset({"EU", "EZ", "UN", "ZZ", "XA", "XB"})
"""Codes that stand for something else than where somebody lives."""

ALIKE: Final = 0.75
"""From when on a word is taken for a slip of another one."""


def slips_in(plain: Json) -> list[Problem]:
    """What is surely a slip in a document without a problem; each says why."""
    settings = read_plain(plain, 0)
    automations = [{**one, "when": _asked(one["when"])} for one in plain.get("automations") or []]
    whole = replace(settings, automations=())
    every = [whole, *(one.settings for one in settings.automations)]
    found = [*_unused(plain, every, ()), *_currencies(plain.get("tolerance", {}), ("tolerance",))]
    for number, automation in enumerate(automations):
        path: Path = ("automations", number)
        found += _slips_of(automation, every[number + 1], path)
        found += _shadowed(automations[:number], automation, path)
    if automations and every[-1] == whole:
        path = ("automations", len(automations) - 1, "settings")
        found.append(Problem(path, "changes nothing: it says what holds for all"))
    return found


def _slips_of(automation: Json, resolved: Settings, path: Path) -> Iterator[Problem]:
    """The slips in one automation."""
    when, told = automation["when"], automation["settings"]
    yield from _unused(told, [resolved], (*path, "settings"))
    yield from _currencies(told.get("tolerance", {}), (*path, "settings", "tolerance"))
    yield from _never(when, (*path, "when"))
    yield from _words(when, (*path, "when"))
    if when.get("collection_method") == ["send_invoice"] and "retry" in told:
        yield Problem((*path, "settings", "retry"), "is of no use: what is sent is not retried")


def _asked(when: Json) -> Json:
    """Conditions without those that ask nothing."""
    return {name: told for name, told in when.items() if told not in ([], {}, None)}


# ------------------------------------------------------------------------------------------- never used


def _unused(told: Json, every: Sequence[Settings], path: Path) -> Iterator[Problem]:
    """Fields that are written otherwise than by default, and have no effect in any of the settings that take
    them up."""
    own = every[0]
    kinds = {str(settings.retry.kind) for settings in every}
    for name in told.get("retry", {}):
        if not any(name in USED[kind] for kind in kinds) and _said(told, "retry", name):
            yield Problem((*path, "retry", name), f"is of no use: retries are of the kind {own.retry.kind}")
    gives_up = any(settings.past_due.action == "mark_uncollectible" for settings in every)
    if _said(told, "past_due", "after_days") and not gives_up:
        yield Problem((*path, "past_due", "after_days"), "is of no use: the action is leave_past_due")
    place: Path = (*path, "messages", "reminder_offsets_days")
    reminds = any(settings.messages.reminders for settings in every)
    if _said(told, "messages", "reminder_offsets_days") and not reminds:
        yield Problem(place, "is of no use: reminders is false")
    if "reminder_offsets_days" in told.get("messages", {}) and _too_late(own):
        given_up = f"the invoice is marked uncollectible {own.past_due.after_days} days after its due date"
        yield Problem(place, f"{_too_late(own)[0]} comes too late: {given_up}")


def _too_late(settings: Settings) -> list[int]:
    """Reminders of what is sent that would come once it is marked uncollectible, in the night before."""
    sent = CollectionMethod.SEND_INVOICE in settings.messages.reminder_collection_methods
    gives_up = settings.past_due.action == "mark_uncollectible"
    if not (settings.messages.reminders and sent and gives_up):
        return []
    return [day for day in settings.messages.reminder_offsets_days if day >= settings.past_due.after_days]


def _said(told: Json, section: str, name: str) -> bool:
    """Whether a field is written, and not as by default."""
    found = told.get(section, {})
    default = DOCUMENT.fields[section].kind
    return name in found and isinstance(default, Table) and found[name] != default.fields[name].default


# ----------------------------------------------------------------------------------------- never matches


def _never(when: Json, path: Path) -> Iterator[Problem]:
    """Conditions that no invoice meets together."""
    least, below = when.get("amount_at_least", {}), when.get("amount_below", {})
    for code in sorted(code for code, amount in below.items() if amount == 0):
        yield Problem((*path, "amount_below", code), f"never holds in {code}: no invoice is below 0")
    for name in ("invoice_metadata", "customer_metadata"):
        for key in (key for key, values in when.get(name, {}).items() if not values):
            yield Problem((*path, name, key), "never holds: it has no value that would be right")
    for code in sorted(code for code in set(least) & set(below) if below[code]):
        if least[code] >= below[code]:
            told = f"never holds in {code}: it is not below {below[code]} and at least {least[code]}"
            yield Problem((*path, "amount_below", code), told)
    asked = [set(amounts) for amounts in (least, below) if amounts]
    if "currency" in when:
        asked.append(set(when["currency"]))
    if len(asked) > 1 and not set.intersection(*asked):
        yield Problem(path, "never holds: no currency stands in all that asks for one")
    old, young = when.get("customer_days_at_least"), when.get("customer_days_below")
    if old is not None and young is not None and old >= young:
        told = f"never holds: nobody is a customer for at least {old} days and for fewer than {young}"
        yield Problem((*path, "customer_days_below"), told)
    if when.get("collection_method") == ["send_invoice"] and "decline_code" in when:
        yield Problem((*path, "decline_code"), "hardly ever holds: an invoice that is sent is not charged")


def _shadowed(earlier: Sequence[Json], automation: Json, path: Path) -> Iterator[Problem]:
    """An automation that is never reached."""
    for before in earlier:
        if _covers(before["when"], automation["when"]):
            told = f"is never reached: {before['name']!r} stands before it and matches all that this one does"
            yield Problem((*path, "when"), told)
            return


def _covers(wide: Json, narrow: Json) -> bool:
    """Whether all that meets `narrow` meets `wide`, too."""
    return all(
        (name in narrow and _IMPLIED[name](narrow[name], told)) or _holds_anyway(name, told, narrow)
        for name, told in wide.items()
    )


def _holds_anyway(name: str, told: Any, narrow: Json) -> bool:
    """Whether a condition holds for all, or for all whose amounts are of a currency that `narrow` names."""
    if name == "collection_method":
        return set(told) == set(CollectionMethod)
    amounts = [set(narrow[one]) for one in ("amount_at_least", "amount_below") if one in narrow]
    return name == "currency" and any(codes <= set(told) for codes in amounts)


def _at_least(narrow: int, wide: int) -> bool:
    return narrow >= wide


def _below(narrow: int, wide: int) -> bool:
    return narrow <= wide


def _one_of(narrow: Sequence[str], wide: Sequence[str]) -> bool:
    return set(narrow) <= set(wide)


def _by_currency(implied: Callable[[int, int], bool]) -> Callable[[Json, Json], bool]:
    def every(narrow: Json, wide: Json) -> bool:
        return all(code in wide and implied(amount, wide[code]) for code, amount in narrow.items())

    return every


def _metadata(narrow: Json, wide: Json) -> bool:
    return all(key in narrow and _one_of(narrow[key], values) for key, values in wide.items())


_IMPLIED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "amount_at_least": _by_currency(_at_least),
    "amount_below": _by_currency(_below),
    "invoice_metadata": _metadata,
    "customer_metadata": _metadata,
    "customer_days_at_least": _at_least,
    "customer_days_below": _below,
    "payments_failed_at_least": _at_least,
    "payments_succeeded_at_least": _at_least,
    **dict.fromkeys(
        "currency collection_method billing_reason product country language decline_code".split(), _one_of
    ),
}
"""For each condition whether its narrower form implies the wider one."""


# ---------------------------------------------------------------------------------------- does not exist


def _words(when: Json, path: Path) -> Iterator[Problem]:
    """Codes that nobody uses."""
    known = [*DECLINE_CODES, *OTHER_DECLINE_CODES]
    for number, code in enumerate(when.get("decline_code", ())):
        if code not in known:
            yield _unknown((*path, "decline_code", number), code, "decline code", *known)
    for number, reason in enumerate(when.get("billing_reason", ())):
        if reason not in BILLING_REASONS:
            yield _unknown((*path, "billing_reason", number), reason, "billing reason", *BILLING_REASONS)
    for name in ("amount_at_least", "amount_below"):
        yield from _currencies(when.get(name, {}), (*path, name))
    yield from _currencies(when.get("currency", ()), (*path, "currency"))
    yield from _places(when, path)


def _places(when: Json, path: Path) -> Iterator[Problem]:
    from babel import Locale

    english = Locale("en")
    for number, country in enumerate(when.get("country", ())):
        if country not in english.territories or country in NO_COUNTRIES:
            right = [ALSO_CALLED[country]] if country in ALSO_CALLED else []
            yield _unknown((*path, "country", number), country, "country's code (ISO 3166)", *right)
    for number, language in enumerate(when.get("language", ())):
        if language not in english.languages:
            yield _unknown((*path, "language", number), language, "language's code (ISO 639)")


def _currencies(codes: Collection[str], path: Path) -> Iterator[Problem]:
    """Of a list, or of a table by currency."""
    if not codes:
        return
    from babel.numbers import list_currencies

    known = {code.lower() for code in list_currencies("en")}
    for number, code in enumerate(codes):
        if code not in known:
            place = code if isinstance(codes, Mapping) else number
            yield _unknown((*path, place), code, "currency (ISO 4217)")


def _unknown(path: Path, told: str, what: str, *right: str) -> Problem:
    """What is told, with the likeliest of what would be right."""
    alike = right if len(right) == 1 else get_close_matches(told, right, n=1, cutoff=ALIKE)
    hint = f"; did you mean {alike[0]}?" if alike else ""
    return Problem(path, f"{told!r} is no {what} that is known of{hint}")
