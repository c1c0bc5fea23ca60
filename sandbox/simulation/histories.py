"""What a history is about: an owner's settings, customers and invoices, and what people do about them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dunwell.domain.money import Money
from dunwell.domain.policies import (
    Endpoint,
    MessagePolicy,
    PastDueAction,
    PastDuePolicy,
    RetryKind,
    RetryPolicy,
    Settings,
    Stop,
)

from sandbox.fake_stripe.bank import APPROVED, BankAnswer, declined, pending
from sandbox.fake_stripe.errors import StripeAPIError, invalid
from sandbox.simulation.choices import Choices
from sandbox.simulation.invariants.zones import zone_of
from sandbox.simulation.world import World

Json = dict[str, Any]

STARTS: Final = tuple(
    datetime(*day, 9, tzinfo=UTC)
    for day in ((2026, 3, 2), (2026, 3, 27), (2026, 10, 22), (2026, 10, 30), (2026, 12, 30), (2027, 2, 26))
)
"""Ordinary days, and days around clock changes, a year's end and a short month."""

ZONES: Final = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Apia",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
)
CURRENCIES: Final = ("eur", "jpy", "kwd")
EVEN: Final = RetryPolicy(RetryKind.EVEN, retries=8, window_days=14)
SMART: Final = RetryPolicy(RetryKind.SMART, retries=8, window_days=14)
"""Played where mails leave late in the evening only: in every fifteenth history."""

ENDPOINTS: Final = (
    Endpoint("billing-app", "https://billing.merchant.example.com/hooks"),
    Endpoint(
        "crm", "https://crm.merchant.example.com/hooks", frozenset({"invoice.paid", "invoice.payment_failed"})
    ),
)
"""The owner's other systems, of which some owners have none."""

POLICIES: Final = (
    RetryPolicy(RetryKind.EVEN, retries=3, window_days=7),
    EVEN,
    RetryPolicy(RetryKind.CUSTOM, days_after_previous=(1, 3)),
    RetryPolicy(RetryKind.EVEN, retries=1, window_days=2),
    RetryPolicy(RetryKind.OFF),
)
FAILURES: Final = (
    declined("insufficient_funds"),
    declined("do_not_honor"),
    declined("lost_card"),
    declined("authentication_required"),
    declined("generic_decline", network_advice_code="24"),
)
MARKUP: Final = "<b>Ada</b>"
NAME: Final = f"{MARKUP}\r\nBcc: eve@stranger.example.com\u202e"
"""A customer whose name is markup, a line of its own, and a turn of the direction of writing."""

LENGTHS: Final = (3, 3, 8, 8, 16, 40)
"""Days that histories last: short ones are many, long ones reach the final actions."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody outside does at an instant."""

    at: datetime
    name: str
    do: Callable[[], object]


def draw_settings(choices: Choices) -> Settings:
    """Mostly live, with all mails at any hour or in office hours, one of several policies."""
    hours = choices.one_of(((0, 24), (9, 18), (22, 24)))
    offsets = choices.one_of(((0, 3), (-3, 0, 3, 7), (-1, 0, 1, 2, 14)))
    action = choices.one_of((PastDueAction.MARK_UNCOLLECTIBLE, PastDueAction.LEAVE_PAST_DUE))
    observed = choices.chance(60)
    zone, policy = choices.one_of(ZONES), choices.one_of(POLICIES)
    if policy is EVEN and hours == (22, 24):
        policy = SMART
    return Settings(
        version=1,
        active_since=None if observed else datetime(2000, 1, 1, tzinfo=UTC),
        time_zone=zone,
        retry=policy,
        messages=MessagePolicy(
            reminder_offsets_days=offsets, send_from_hour=hours[0], send_until_hour=hours[1]
        ),
        past_due=PastDuePolicy(action, choices.one_of((20, 30, 3))),
        tolerance={code: Money(100, code) for code in CURRENCIES},
        attempts_per_hour=choices.one_of((1000, 1)),
        webhooks=ENDPOINTS[: choices.below(3)],
    )


def draw_acts(world: World, settings: Settings, days: int) -> list[Act]:
    """Opens customers and invoices, and returns what people will do, in order of time."""
    choices, acts = world.choices, list[Act]()
    for _ in range(1 + choices.chance(250)):
        customer = _customer(world, choices)
        for _ in range(choices.one_of((1, 1, 1, 2, 3))):
            start = world.now() + timedelta(hours=choices.below(24))
            acts += _invoice(world, customer, start, days)
    acts += _owner(world, settings, days)
    return sorted(acts, key=lambda act: (act.at, act.name))


def _customer(world: World, choices: Choices) -> Json:
    zone = choices.one_of(("", *ZONES))
    number = len(world.account.objects["customer"])
    with world.witness.by("outside"):
        return world.account.create_customer(
            name=choices.one_of(("Ada", NAME)),
            email=f"ada.{number}@customer.example.com",
            metadata={"time_zone": zone} if zone else {},
        )


def _invoice(world: World, customer: Json, start: datetime, days: int) -> list[Act]:
    """One invoice: charged or sent, and its payer's life with it."""
    choices = world.choices
    made: list[Json] = []
    amount, currency = choices.one_of((4900, 57, 100_000, 1999)), choices.one_of(CURRENCIES)
    charged = choices.below(2) == 0
    fields: Json = (
        {} if charged else {"collection_method": "send_invoice", "days_until_due": choices.one_of((3, 7, 0))}
    )
    if choices.chance(40):
        fields["auto_advance"] = False
    if choices.chance(40):
        fields["metadata"] = {"dunwell_collect": choices.one_of(("true", "false"))}
    if charged:
        _give_method(world, customer)

    def finalize() -> None:
        made.append(
            world.account.finalize(world.account.create_invoice(customer, amount, currency, **fields))
        )

    acts = [Act(start, "an invoice is finalized", finalize)]
    for _ in range(choices.below(4)):
        at = start + timedelta(days=choices.below(days), minutes=1 + choices.below(1440))
        name, act = choices.one_of(_DEEDS)
        acts.append(Act(at, name, _deed(world, made, act)))
    return acts


def _give_method(world: World, customer: Json) -> None:
    """A card, or an account that is debited over days, and what its bank will answer."""
    choices = world.choices
    answers: list[BankAnswer] = [choices.one_of(FAILURES) for _ in range(choices.below(5))]
    kind = "us_bank_account" if choices.chance(200) else "card"
    last = APPROVED if choices.below(2) else choices.one_of(FAILURES[:2])
    if kind == "us_bank_account":
        answers = [pending(timedelta(days=3), declined("insufficient_funds")) for _ in answers]
        last = pending(timedelta(days=4))
    with world.witness.by("outside"):
        method = world.account.attach_method(customer, kind)
    world.bank.script(method["id"], *answers, last)


def _deed(world: World, made: list[Json], act: Callable[[World, Json], object]) -> Callable[[], None]:
    def do() -> None:
        if not made:
            return
        with world.witness.by("payer"):
            try:
                act(world, made[0])
            except StripeAPIError as error:
                world.trace.add(f"refused: {error}")

    return do


def _pay(short_by: int) -> Callable[[World, Json], object]:
    def act(world: World, invoice: Json) -> None:
        world.account.pay_part(invoice, invoice["amount_remaining"] - short_by)

    return act


def _new_card(world: World, invoice: Json) -> None:
    customer = world.account.get("customer", invoice["customer"])
    method = world.account.attach_method(customer)
    world.bank.script(method["id"], *([declined("insufficient_funds")] * world.choices.below(2)), APPROVED)


def _renewed_card(world: World, invoice: Json) -> None:
    chosen = world.account.get("customer", invoice["customer"])["invoice_settings"]["default_payment_method"]
    method = world.account.objects["payment_method"].get(chosen)
    if method is not None and method["type"] == "card":
        world.account.replace_card(method, exp_year=method["card"]["exp_year"] + 2)


def _on_the_page(choice: str) -> Callable[[World, Json], object]:
    """A choice on the hosted invoice page: of a day soon, or of none that is offered."""

    def act(world: World, invoice: Json) -> None:
        today = world.now().astimezone(zone_of(world.witness, invoice["customer"])).date()
        day = today + timedelta(days=world.choices.one_of((1, 2, 5, 90)))
        form = {"day": day.isoformat(), "complaint": "wrong", "note": "no"}
        world.choose(invoice["id"], choice, form)

    return act


def _part_credited(world: World, invoice: Json) -> None:
    world.account.credit(invoice, max(1, invoice["amount_remaining"] // 2))


def _refunded(world: World, invoice: Json) -> None:
    world.account.refund(_last_charge(world, invoice))


def _disputed(world: World, invoice: Json) -> None:
    world.account.dispute(_last_charge(world, invoice))


def _last_charge(world: World, invoice: Json) -> Json:
    charges = world.witness.charges_of(invoice["id"])
    if not charges:
        raise invalid("There is no charge.")
    return charges[-1]


_DEEDS: Final[tuple[tuple[str, Callable[[World, Json], object]], ...]] = (
    ("the payer pays on the page", _pay(0)),
    ("the payer pays all but 58", _pay(58)),
    ("the payer pays all but 500", _pay(500)),
    ("the payer tries on the page", lambda world, invoice: world.account.pay(invoice, by="payer")),
    ("the payer gives another card", _new_card),
    ("the card is renewed", _renewed_card),
    ("the payer promises a day", _on_the_page("promise")),
    ("the payer picks a day", _on_the_page("pick_day")),
    ("the payer has it tried at once", _on_the_page("retry")),
    ("the payer disputes the invoice", _on_the_page("dispute")),
    ("an operator voids it", lambda world, invoice: world.account.void(invoice)),
    ("an operator marks it uncollectible", lambda world, invoice: world.account.mark_uncollectible(invoice)),
    ("an operator credits half of it", _part_credited),
    ("the payment is refunded", _refunded),
    ("the payer's bank disputes the payment", _disputed),
)


def _owner(world: World, settings: Settings, days: int) -> list[Act]:
    """What the owner and the network do: switches, lost webhooks, poison, dead letters sent back,
    a secret rotated, a deployment, a quota used up."""
    choices, acts = world.choices, list[Act]()
    for _ in range(choices.below(3)):
        at = world.now() + timedelta(days=choices.below(days), minutes=choices.below(1440))
        name, act = choices.one_of(_OTHERS)
        acts.append(Act(at, name, lambda act=act: act(world, settings)))  # type: ignore[misc]
    return acts


def _stop(stop: Stop) -> Callable[[World, Settings], object]:
    return lambda world, settings: world.apply(replace(settings, stop=stop))


_OTHERS: Final[tuple[tuple[str, Callable[[World, Settings], object]], ...]] = (
    ("every webhook under way is lost", lambda world, _: world.lose_webhooks()),
    ("dead letters are redriven", lambda world, _: world.redrive()),
    ("a stranger forges webhooks", lambda world, _: world.forge()),
    ("a poison message comes", lambda world, _: world.poison()),
    ("the owner stops charging", _stop(Stop(charging=True))),
    ("the owner stops mail", _stop(Stop(mail=True))),
    ("the owner lets everything go on", _stop(Stop())),
    ("the webhook secret is rotated", lambda world, _: world.rotate_secret()),
    ("a new version is deployed", lambda world, _: world.deploy()),
    ("the quota of mails is used up", lambda world, _: world.use_up_quota()),
    ("one of the owner's systems fails", lambda world, _: world.break_endpoint(ENDPOINTS[0].url)),
    ("another of the owner's systems fails", lambda world, _: world.break_endpoint(ENDPOINTS[1].url)),
    ("an address bounces from now on", lambda world, _: world.bounce("ada.0@customer.example.com")),
)
