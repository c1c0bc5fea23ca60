"""Automations: each condition, the first match, and that a decision names what applied."""

from dataclasses import replace
from datetime import timedelta

import pytest
from dunwell.domain.automations import (
    Behaviour,
    Case,
    asks_of_behaviour,
    holds,
    in_words,
    metadata_asked,
    settings_for,
)
from dunwell.domain.decision import ActionKind, decide
from dunwell.domain.invoices import CollectionMethod
from dunwell.domain.policies import Automation, Conditions, RetryKind, RetryPolicy
from dunwell.domain.timing import EvenSpread

from tests.build import attempt, customer, day, eur, invoice, settings

ADA = customer(
    country="DE",
    preferred_locales=("de-AT", "en"),
    metadata={"tier": "gold"},
    created_at=day(-100),
)
SUBSCRIPTION = invoice(
    billing_reason="subscription_cycle", products=("prod_a", "prod_b"), metadata={"team": "north"}
)


def case(facts=SUBSCRIPTION, who=ADA, attempts=(), behaviour=Behaviour(2, 5)):  # noqa: B008 - a value
    return Case(facts, attempts, who, behaviour, day(0))


@pytest.mark.parametrize(
    ("matches", "differs", "words"),
    [
        ({"amount_at_least": {"eur": 4900}}, {"amount_at_least": {"eur": 4901}}, "amount at least 49"),
        ({"amount_at_least": {"usd": 1, "eur": 1}}, {"amount_at_least": {"usd": 1}}, "amount at least"),
        ({"amount_below": {"eur": 4901}}, {"amount_below": {"eur": 4900}}, "amount below 49.01 EUR"),
        ({"amount_below": {"eur": 9999}}, {"amount_below": {"usd": 9999}}, "amount below"),
        ({"currency": ("usd", "eur")}, {"currency": ("usd",)}, "currency usd or eur"),
        (
            {"collection_method": ("charge_automatically",)},
            {"collection_method": ("send_invoice",)},
            "collection method charge_automatically",
        ),
        ({"billing_reason": ("subscription_cycle",)}, {"billing_reason": ("manual",)}, "billing reason"),
        ({"product": ("prod_b",)}, {"product": ("prod_c",)}, "product prod_b"),
        (
            {"invoice_metadata": {"team": ("north",)}},
            {"invoice_metadata": {"team": ("south",)}},
            "team north",
        ),
        ({"country": ("DE", "AT")}, {"country": ("AT",)}, "country DE or AT"),
        ({"language": ("de",)}, {"language": ("en",)}, "language de"),
        (
            {"customer_metadata": {"tier": ("silver", "gold")}},
            {"customer_metadata": {"tier": ("silver",)}},
            "customer's tier silver or gold",
        ),
        ({"customer_days_at_least": 100}, {"customer_days_at_least": 101}, "for at least 100 days"),
        ({"customer_days_below": 101}, {"customer_days_below": 100}, "for fewer than 101 days"),
        ({"payments_failed_at_least": 2}, {"payments_failed_at_least": 3}, "at least 2 payments failed"),
        ({"payments_succeeded_at_least": 5}, {"payments_succeeded_at_least": 6}, "5 payments succeeded"),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else "",
)
def test_each_condition_holds_where_it_should_and_nowhere_else(matches, differs, words):
    """And says what it asks."""
    assert holds(Conditions(**matches), case())
    assert not holds(Conditions(**differs), case())
    assert words in in_words(Conditions(**matches), case())


def test_the_decline_code_is_that_of_the_last_attempt_that_failed():
    """None before one has."""
    attempts = [attempt(day(0), "expired_card"), attempt(day(2))]
    assert holds(Conditions(decline_code=("insufficient_funds",)), case(attempts=attempts))
    assert not holds(Conditions(decline_code=("expired_card",)), case(attempts=attempts))
    assert not holds(Conditions(decline_code=("insufficient_funds",)), case())


@pytest.mark.parametrize(
    "asked",
    [
        {"country": ("DE",)},
        {"language": ("de",)},
        {"billing_reason": ("manual",)},
        {"product": ("prod_a",)},
        {"customer_days_at_least": 0},
        {"customer_days_below": 9999},
        {"customer_metadata": {"tier": ("gold",)}},
    ],
)
def test_what_is_not_known_matches_nothing(asked):
    """Neither a minimum nor a maximum."""
    assert not holds(Conditions(**asked), case(invoice(), customer()))


def test_all_conditions_must_hold_and_none_holds_always():
    """A list asks for one of its values."""
    both = Conditions(country=("DE",), currency=("usd",))
    assert not holds(both, case())
    assert holds(Conditions(), case())
    assert in_words(Conditions(), case()) == "every invoice"


def chosen(*automations):
    return replace(settings(), automations=automations)


def test_the_first_that_matches_counts_and_the_decision_names_it():
    """Its retry policy in place of the owner's; the rest is the owner's, and so is the version."""
    patient = replace(settings(), retry=RetryPolicy(RetryKind.CUSTOM, days_after_previous=(9,)))
    never = replace(settings(), retry=RetryPolicy(RetryKind.OFF))
    told = chosen(
        Automation("elsewhere", Conditions(country=("FR",)), never),
        Automation("gold", Conditions(customer_metadata={"tier": ("gold",)}), patient),
        Automation("all", Conditions(), never),
    )
    found = settings_for(case(), told)
    assert (found.applied.name, found.version, found.retry) == ("gold", told.version, patient.retry)
    decision = decide(SUBSCRIPTION, [attempt(day(0))], ADA, found, EvenSpread(), day(0))
    assert decision.next_payment_attempt == day(0) + timedelta(days=9)
    assert decision.reasons[-1].rule == "automation"
    assert decision.reasons[-1].text == "the automation 'gold' applies: customer's tier gold"
    other = settings_for(case(who=customer()), told)
    assert (other.applied.name, other.retry.kind) == ("all", RetryKind.OFF)


def test_without_a_match_the_owners_settings_count():
    """And no decision names an automation."""
    told = chosen(Automation("elsewhere", Conditions(country=("FR",)), settings()))
    assert settings_for(case(), told) == told
    decision = decide(SUBSCRIPTION, [attempt(day(0))], ADA, told, EvenSpread(), day(0))
    assert decision.next_action.kind is ActionKind.ATTEMPT_PAYMENT
    assert "automation" not in [reason.rule for reason in decision.reasons]


def test_only_metadata_that_is_asked_for_is_kept_of_a_customer():
    """Beside that which is meant for Dunwell: what nobody needs is not stored."""
    told = chosen(Automation("gold", Conditions(customer_metadata={"tier": ("gold",)}), settings()))
    who = customer(metadata={"tier": "gold", "birthday": "1815-12-10", "dunwell_email": "a@b.example"})
    kept = who.keeping(metadata_asked(told)).metadata
    assert kept == {"tier": "gold", "dunwell_email": "a@b.example"}


def test_amounts_are_of_what_was_due_at_first():
    """A partial payment does not move an invoice to another automation."""
    partly = invoice(
        amount_paid=eur(4000), amount_remaining=eur(900), collection_method=CollectionMethod.SEND_INVOICE
    )
    assert holds(Conditions(amount_at_least={"eur": 4900}), case(partly))


def test_what_is_asked_is_told_in_one_line():
    """Each condition by its name, with all that it takes."""
    every = Conditions(
        amount_at_least={"eur": 100, "jpy": 5},
        amount_below={"eur": 990},
        currency=("eur", "usd"),
        collection_method=("send_invoice",),
        billing_reason=("manual",),
        product=("prod_a",),
        invoice_metadata={"team": ("north",)},
        country=("DE",),
        language=("de",),
        customer_metadata={"tier": ("gold", "silver")},
        customer_days_at_least=1,
        customer_days_below=9,
        decline_code=("do_not_honor",),
        payments_failed_at_least=2,
        payments_succeeded_at_least=3,
    )
    assert in_words(every, case()) == (
        "amount at least 1.00 EUR or 5 JPY, amount below 9.90 EUR, currency eur or usd, "
        "collection method send_invoice, billing reason manual, product prod_a, invoice's team north, "
        "country DE, language de, customer's tier gold or silver, a customer for at least 1 days, "
        "a customer for fewer than 9 days, decline code do_not_honor, at least 2 payments failed before, "
        "at least 3 payments succeeded before"
    )
    assert in_words(Conditions(), case()) == "every invoice"


def test_an_automations_settings_carry_the_version_and_the_exceptions_of_now():
    """The version of the owner's document, and a rule that has not ended yet."""
    mine = Automation("mine", Conditions(), replace(settings(), version=0))
    own = {"dunwell_retry": "3", "dunwell_retry_until": "2026-03-04"}
    facts = replace(SUBSCRIPTION, metadata=own)
    found = settings_for(case(facts), replace(settings(), version=7, automations=(mine,)))
    assert (found.version, found.applied.name) == (7, "mine")
    assert found.retry.days_after_previous == (3,)
    later = replace(case(facts), now=day(3))
    assert settings_for(later, settings()).retry == settings().retry


def test_only_what_asks_of_payments_has_them_read():
    """Either of the two; the customer's history is a read of its own."""
    asking = [Conditions(payments_failed_at_least=1), Conditions(payments_succeeded_at_least=1)]
    assert all(asks_of_behaviour(when) for when in asking)
    assert not asks_of_behaviour(Conditions(currency=("eur",)))
