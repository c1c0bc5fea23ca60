"""The project's own worlds: fair, within the rules, and with a ledger of their own."""

from datetime import timedelta

import pytest

from sandbox.recovery.catalogue import WORLDS, load_world, policy_factory, world_path
from sandbox.recovery.driver import run
from sandbox.recovery.worlds.chance import draw, pick
from sandbox.recovery.worlds.engine import RecipeWorld
from sandbox.recovery.worlds.pools import ALL, FUTURES, Column, turned
from sandbox.recovery.worlds.recipe import FORBIDDING, FORBIDDING_ADVICE, Recipe
from tests.recovery.build_worlds import DAY

HOUR = timedelta(hours=1)


def opened(name, seed=1, invoices=20):
    return load_world(world_path(name))(seed, invoices)


def first_failures(world, scored=True):
    failed = [event for event in world.events() if event["type"] == "invoice.payment_failed"]
    return [event for event in failed if not scored or event["at"] >= world.scored_from]


@pytest.mark.parametrize("name", WORLDS)
def test_every_world_opens_fails_sanely_and_can_be_known_better_than_even_steps(name):
    """A tenth to a third of first attempts fail, and the informed policy is no worse than `even 8`."""
    informed = even = failed = paid = 0
    for seed in (1, 2, 3):
        world = opened(name, seed, 30)
        kinds = [event["type"] for event in world.events()]
        failed, paid = failed + kinds.count("invoice.payment_failed"), paid + kinds.count("invoice.paid")
        ledger = run(world, policy_factory("even 8")(8, world.window)).ledger
        assert 30 <= ledger["invoices"] <= 50
        assert ledger["amount_informed"] <= ledger["amount_due"]
        informed, even = informed + ledger["amount_informed"], even + ledger["amount_recovered"]
    assert 0.09 < failed / (failed + paid) < 0.33
    assert informed >= 0.97 * even


@pytest.mark.parametrize("name", ["everything", "replaced_cards"])
def test_events_come_in_time_order_and_say_no_more_than_stripe(name):
    """All instants are aware and in UTC; ids are opaque; only failures have codes."""
    events = list(opened(name).events())
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    common = {"type", "at", "customer", "payment_method", "card", "time_zone", "device_count_24h"}
    due = {"invoice", "amount", "currency"}
    more = {
        "invoice.payment_failed": due | {"failure"},
        "invoice.paid": due,
        "payment_method.automatically_updated": set(),
    }
    for event in events:
        assert set(event) == common | more[event["type"]]
        assert event["at"].utcoffset() == timedelta()
        assert isinstance(event.get("amount", 1), int)
    assert {event["type"] for event in events} == set(more)


def test_the_same_seed_is_the_same_world_and_another_is_another():
    """Whoever opens it."""
    assert list(opened("mixed_pay_days").events()) == list(opened("mixed_pay_days").events())
    assert list(opened("mixed_pay_days").events()) != list(opened("mixed_pay_days", 2).events())


def test_a_listener_cannot_change_the_world():
    """What a policy does to an event, the next one does not see."""
    first = next(opened("hours").events())
    kept = dict(first["card"])
    first["card"].clear()
    assert next(opened("hours").events())["card"] == kept


@pytest.mark.parametrize("name", ["everything", "null_constant", "hours"])
def test_what_happens_at_an_instant_depends_neither_on_order_nor_on_other_invoices(name):
    """Each invoice's single retry goes the same forwards, backwards and alone."""
    failed = first_failures(opened(name))
    at = {event["invoice"]: event["at"] + timedelta(days=3, hours=5) for event in failed}
    forwards, backwards = opened(name), opened(name)
    one = {invoice: forwards.attempt(invoice, when) for invoice, when in at.items()}
    two = {invoice: backwards.attempt(invoice, when) for invoice, when in reversed(at.items())}
    assert one == two
    invoice = next(iter(at))
    assert opened(name).attempt(invoice, at[invoice]) == one[invoice]


def test_retries_do_not_change_the_stream():
    """Two policies hear the same events."""
    quiet, busy = opened("everything"), opened("everything")
    run(busy, policy_factory("even 8")(8, busy.window))
    assert list(quiet.events()) == list(busy.events())


def refused(world, invoice, at, why):
    with pytest.raises(ValueError, match=why):
        world.attempt(invoice, at)


def test_a_world_refuses_what_the_rules_forbid_and_counts_it():
    """Outside the window, before an earlier attempt, over the budget, after success, an unknown invoice."""
    world = opened("null_constant")
    event, other = first_failures(world)[:2]
    invoice, at = event["invoice"], event["at"]
    refused(world, "in_unknown", at, "no invoice")
    refused(world, invoice, at, "outside its window")
    refused(world, invoice, at + world.window + timedelta(seconds=1), "outside its window")
    assert world.ledger()["violations"] == 2
    succeeded = False
    for day in range(1, 15):
        if succeeded:
            refused(world, other["invoice"], other["at"] + day * DAY, "paid already")
            break
        if day <= 8:
            succeeded = world.attempt(other["invoice"], other["at"] + day * DAY)["succeeded"]
        else:
            refused(world, other["invoice"], other["at"] + day * DAY, "retries are made")
            break
    if not world.attempt(invoice, at + 5 * DAY)["succeeded"]:
        refused(world, invoice, at + 4 * DAY, "before an earlier attempt")
    assert world.ledger()["violations"] >= 3


def test_the_end_of_the_window_belongs_to_it():
    """Fourteen days after the first failure, to the second."""
    world = opened("null_constant")
    event = first_failures(world)[0]
    world.attempt(event["invoice"], event["at"] + world.window)
    assert world.ledger()["violations"] == 0


def test_retries_after_a_forbidding_code_are_counted_until_the_card_is_replaced():
    """They are made, but the ledger remembers."""
    world = opened("replaced_cards", 1, 120)
    replaced = {e["customer"]: e["at"] for e in world.events() if e["type"].startswith("payment_method")}
    expected = 0
    for event in first_failures(world):
        at = event["at"] + 2 * DAY
        new_card = event["at"] < replaced.get(event["customer"], event["at"]) <= at
        told = event["failure"]
        forbidden = told["decline_code"] in FORBIDDING or told["network_advice_code"] in FORBIDDING_ADVICE
        expected += forbidden and not new_card
        world.attempt(event["invoice"], at)
    assert expected > 0
    assert world.ledger()["violations"] == expected


@pytest.mark.parametrize("name", ["everything", "mixed_pay_days"])
def test_the_ledger_agrees_with_a_recount(name):
    """What the driver saw of the scored invoices is what the world wrote down."""
    world = opened(name, 4)
    record = run(world, policy_factory("even 8")(8, world.window))
    ledger, outcomes = record.ledger, record.outcomes
    assert ledger["invoices"] == len(outcomes)
    assert ledger["amount_due"] == sum(outcome.amount for outcome in outcomes)
    assert ledger["amount_recovered"] == sum(outcome.amount for outcome in outcomes if outcome.recovered)
    assert ledger["recovered"] == sum(outcome.recovered for outcome in outcomes)
    assert ledger["attempts"] == sum(outcome.attempts for outcome in outcomes)
    assert 0 < ledger["days_to_recovery"] <= 14 * ledger["recovered"]


def test_each_decline_in_a_lock_prolongs_it():
    """Where every issuer locks, hourly retries never end the lock, and patience does."""
    recipe = Recipe("locks", tight_share=0, trouble_share=0.3, trouble_pass=(0.9, 0.9), lock_share=1,
                    lock_trigger=1, lock_hours=(20, 30))  # fmt: skip
    hasty, patient = RecipeWorld(recipe, 1, 40), RecipeWorld(recipe, 1, 40)
    hasty_passed = patient_passed = 0
    for event in first_failures(hasty):
        answers = [hasty.attempt(event["invoice"], event["at"] + hour * HOUR) for hour in range(12, 90, 12)]
        hasty_passed += any(answer["succeeded"] for answer in answers)
        patient_passed += patient.attempt(event["invoice"], event["at"] + 3 * DAY)["succeeded"]
    assert hasty_passed == 0
    assert patient_passed > 0.8 * len(first_failures(patient))


def test_an_informed_policy_waits_for_a_lock_to_end():
    """It knows the locks, so it recovers what even steps prolong."""
    recipe = Recipe("locks", tight_share=0, trouble_share=0.3, trouble_pass=(0.5, 0.9), lock_share=1,
                    lock_trigger=1, lock_hours=(50, 120))  # fmt: skip
    world = RecipeWorld(recipe, 1, 60)
    ledger = run(world, policy_factory("even 8")(8, world.window)).ledger
    assert ledger["amount_informed"] > 1.2 * ledger["amount_recovered"]


def test_draws_are_decided_by_their_key_alone():
    """And weights need not add up to 1."""
    assert draw(1, "a") == draw(1, "a") != draw(1, "b")
    assert pick((("a", 1), ("b", 3)), 0.2) == "a"
    assert pick((("a", 1), ("b", 3)), 0.3) == "b"
    assert pick((("a", 1),), 0.999999) == "a"


def test_futures_below_a_threshold_are_a_set():
    """Bits stand for futures; turning keeps how many there are."""
    column = Column(range(FUTURES))
    assert column.below(0) == 0
    assert column.below(2) == 0b11
    assert column.below(FUTURES) == ALL
    assert turned(0b11, 190) == 1 << 190 | 1 << 191
    assert turned(0b11, 191).bit_count() == 2
