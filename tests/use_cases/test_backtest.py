"""The past told again: over all that may be drawn, settings recover by estimate what they recovered."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from dunwell.adapters.holidays_calendar import HolidaysCalendar
from dunwell.domain.customers import Customer
from dunwell.domain.decision import Action, ActionKind
from dunwell.domain.invoices import Status
from dunwell.domain.outlook import Standing
from dunwell.domain.payment_records import PaymentRecord
from dunwell.domain.payments import Foresight, Origin
from dunwell.domain.policies import (
    Automation,
    Conditions,
    PastDueAction,
    PastDuePolicy,
    RetryKind,
    RetryPolicy,
    Settings,
    Stop,
)
from dunwell.domain.reasons import Reason
from dunwell.history import LedgerEntry
from dunwell.records import CustomerFile, Facts
from dunwell.use_cases.advice import Advice
from dunwell.use_cases.backtest import Backtest
from dunwell.use_cases.rehearsal import Rehearsal

from sandbox.memory.payments import MemoryLessons, MemoryPayments
from tests.build import attempt, card, customer, day, eur, invoice, own_attempt, settings
from tests.fakes import FakeClock

SMART = settings(retry=RetryPolicy(RetryKind.SMART, 3, 7, holdout_percent=0))
FIRST = attempt(day(0))


@dataclass
class Past:
    """One invoice with its decisions, as the stores tell it."""

    facts: Facts
    decisions: tuple[LedgerEntry, ...] = ()

    def load(self, _):
        return self.facts

    def ledger(self, _):
        return self.decisions


@dataclass
class Customers:
    customer: Customer

    def load(self, _):
        return CustomerFile(self.customer, (), 1)


def backtest(past, who=None, records=()):
    payments = MemoryPayments()
    first = PaymentRecord(
        "in_1#ch", "cus_1", "in_1", day(0), False, 0, "UTC", eur(4900), FIRST.failure, card()
    )  # fmt: skip
    payments.add([first, *records])
    advice = Advice(payments, MemoryLessons)
    clock = FakeClock(day(60))
    return Backtest(payments, past, Customers(who or customer()), advice, HolidaysCalendar(), clock)


def retold(past, tried, who=None, records=()):
    (found,), untold, after = backtest(past, who, records).page("2026-03-02", None, tried)
    assert (untold, after) == (0, None)
    return found


def a_past(made, *decisions, **fields):
    """An invoice with those attempts; closed as the fields say."""
    return Past(Facts(invoice(**fields), tuple(made), customer()), decisions)


def planned(at, weighed):
    """The decision right after a failure, which has chosen the first of some times."""
    return LedgerEntry(at, 1, (), next_payment_attempt=weighed[0].at, foresight=Foresight("lessons", weighed))


def closed(at):
    return LedgerEntry(at, 1, (Reason("closed", "the invoice is paid"),))


def options(made):
    """What Smart Retries choose among after the last failure."""
    facts = invoice(payment_method=card(attempted_at=tuple(one.started_at for one in made)))
    rehearsal = Rehearsal(Advice(MemoryPayments(), MemoryLessons), SMART)
    kept, _ = rehearsal(Standing(facts, tuple(made)), customer(), made[-1].started_at)
    foresight = kept.invoice.planned_retry.foresight if kept.invoice.planned_retry else None
    return foresight.considered if foresight else ()


def all_that_may_happen(made, money_on, payer_on):
    """Every course that may be drawn: (how likely, its past, whether a retry recovered it). From `money_on`
    on the card pays; on `payer_on` the payer does, if it is still open."""
    weighed = options(made)
    if not weighed:
        yield 1.0, _ended(made, (), payer_on), False
    for one in weighed:
        drawn = (one, *(other for other in weighed if other is not one))
        if payer_on is not None and one.at >= payer_on:
            yield one.propensity, _ended(made, drawn, payer_on), False
            continue
        paid = money_on is not None and one.at >= money_on
        number = len(made)
        retry = own_attempt(
            number, one.at, None if paid else "insufficient_funds", foresight=Foresight("lessons", drawn)
        )
        if paid:
            yield one.propensity, a_past([*made, retry], status=Status.PAID, paid_at=one.at), True
        else:
            for chance, past, recovered in all_that_may_happen([*made, retry], money_on, payer_on):
                yield one.propensity * chance, past, recovered


def _ended(made, drawn, payer_on):
    if payer_on is None:
        return a_past(made)
    payers = attempt(payer_on, None, origin=Origin.PAYER, method="fp_9/2031-01")
    decisions = (planned(made[-1].started_at, drawn),) if drawn else ()
    as_paid = {"status": Status.PAID, "paid_at": payer_on, "auto_advance": False}
    return a_past([*made, payers], *decisions, closed(payer_on), **as_paid)


@pytest.mark.parametrize(
    ("money_on", "payer_on"),
    [(None, day(2.5)), (day(1.5), day(2.5)), (day(2.5), None), (None, None)],
    ids=["the payer pays", "the card or the payer", "the card", "nobody"],
)
def test_what_was_drawn_by_chance_makes_no_difference_on_the_whole(money_on, payer_on):
    """The same settings recover what they recovered: the estimate has no bias, however wrong the model is."""
    every = list(all_that_may_happen([FIRST], money_on, payer_on))
    assert sum(chance for chance, _, _ in every) == pytest.approx(1.0, abs=1e-3)
    recovered = sum(chance * recovered for chance, _, recovered in every)
    estimate = sum(chance * retold(past, SMART).estimate for chance, past, _ in every)
    assert estimate == pytest.approx(recovered, abs=5e-3)


def test_a_pilot_stays_a_pilot_and_stopped_settings_are_tried_as_if_they_went():
    """Only where nothing at all is live is all of it tried."""
    past = a_past([FIRST])
    pilot = Automation("pilot", Conditions(country=("DE",)), settings())
    tried = Settings(retry=RetryPolicy(RetryKind.EVEN, 2, 4), automations=(pilot,))
    assert retold(past, tried).would["charge"] == 0
    assert retold(past, tried, customer(country="DE")).would["charge"] == 8
    assert retold(past, replace(tried, automations=())).would["charge"] == 2
    assert retold(past, settings(stop=Stop(charging=True, mail=True))).would["charge"] == 8


def test_a_custom_rule_is_followed_to_its_last_day():
    """However long it is."""
    rules = [RetryPolicy(RetryKind.CUSTOM, days_after_previous=(31,) * count) for count in (1, 3)]
    once, thrice = (retold(a_past([FIRST]), settings(retry=rule)) for rule in rules)
    assert once.expected < thrice.expected
    assert (once.would["charge"], thrice.would["charge"]) == (1, 1)  # until now, day 60


def test_who_gave_an_invoice_up_is_told_by_the_decisions():
    """We did, in a night; or somebody else, which ends what would have been done."""
    final = LedgerEntry(day(5), 1, (), Action(ActionKind.MARK_UNCOLLECTIBLE, day(5)))
    giving_up = settings(past_due=PastDuePolicy(PastDueAction.MARK_UNCOLLECTIBLE, 30))
    ours = retold(a_past([FIRST], final, closed(day(6)), status=Status.UNCOLLECTIBLE), giving_up)
    assert (ours.done["mark_uncollectible"], ours.would["mark_uncollectible"]) == (1, 1)
    theirs = retold(a_past([FIRST], closed(day(4.5)), closed(day(6)), status=Status.UNCOLLECTIBLE), giving_up)
    assert (theirs.done["mark_uncollectible"], theirs.would["mark_uncollectible"]) == (0, 0)
    assert theirs.would["charge"] == 2
    forestalled = planned(day(0), options([FIRST]))
    void = retold(a_past([FIRST], forestalled, closed(day(1)), status=Status.VOID), SMART)
    assert void.would == {"charge": 0, "mail": 1, "mark_uncollectible": 0}


def test_what_a_customer_did_later_is_not_known_yet():
    """However many payments there were since: an automation sees those before the failure."""
    before = [paid(n, day(-40 + n)) for n in range(20)]
    since = [paid(n, day(1 + n / 10)) for n in range(20, 90)]
    loyal = Automation(
        "loyal",
        Conditions(payments_succeeded_at_least=20),
        settings(retry=RetryPolicy(RetryKind.OFF)),
    )
    found = retold(a_past([FIRST]), settings(automations=(loyal,)), records=[*before, *since])
    assert found.automation == "loyal"
    found = retold(a_past([FIRST]), settings(automations=(loyal,)), records=[*before[1:], *since])
    assert found.automation is None


def paid(number, at):
    return PaymentRecord(
        f"in_x{number}#0", "cus_1", f"in_x{number}", at, True, 0, "UTC", eur(4900), None, card()
    )  # fmt: skip


def test_a_part_of_the_amount_may_have_been_paid_before():
    """Automations look at what was due, and a shortfall at what was left."""
    facts = invoice(amount_due=eur(10_000), amount_paid=eur(9_000), amount_remaining=eur(1_000))
    past = Past(Facts(facts, (replace(FIRST, amount=eur(1_000)),), customer()))
    large = Automation("large", Conditions(amount_at_least={"eur": 5_000}), settings())
    assert retold(past, settings(automations=(large,))).automation == "large"
    assert retold(past, settings(tolerance={"eur": eur(2_000)})).would["charge"] == 0


def test_of_what_was_not_kept_nothing_is_told():
    """Neither without the invoice nor without its first attempt's card; but it is counted."""
    told = backtest(Past(None))
    assert told.page("2026-03-02", None, SMART) == ([], 1, None)
    assert told.page("2026-03-03", None, SMART) == ([], 0, None)


def test_the_last_day_is_one_whose_failures_are_over():
    """Under the longest of all rules, with two days to rest, and a day that is whole."""
    long = Automation("long", Conditions(), settings(retry=RetryPolicy(RetryKind.EVEN, 4, 30)))
    told = backtest(Past(None))
    assert told.last_day(SMART) == (day(60) - timedelta(days=10)).date()
    assert told.last_day(SMART, settings(automations=(long,))) == (day(60) - timedelta(days=33)).date()
