"""Strategies for the domain's own values: any facts that could be stored of an invoice and its customer.

Instants lie on a grid of minutes around `NOW`, so that ties and edges come often.
"""

from collections.abc import Sequence
from datetime import timedelta

from dunwell.domain.attribution import Charge
from dunwell.domain.customers import Customer, MessageKind, MessageRecord, MessageState, WantedMessage
from dunwell.domain.invoices import CollectionMethod, Invoice, PlannedRetry, Status
from dunwell.domain.limits import (
    HOLDOUT_PERCENT_MAX,
    PAST_DUE_DAYS_MAX,
    REMINDERS_MAX,
    RETRIES_MAX,
    RETRY_WINDOW_DAYS_MAX,
)
from dunwell.domain.money import Money
from dunwell.domain.payers_word import Complaint, Dispute, PayersWord, PickedDay, Promise
from dunwell.domain.payments import Attempt, Failure, Origin, Outcome, PaymentMethod
from dunwell.domain.policies import (
    MessagePolicy,
    PastDueAction,
    PastDuePolicy,
    RetryKind,
    RetryPolicy,
    Settings,
)
from hypothesis import strategies as st

from tests.build import DAY_0
from tests.domain.test_calendar_everywhere import zones

NOW = DAY_0 + timedelta(days=60)

KINDS_OF_MAIL = [
    "invoice_finalized",
    "payment_failed",
    "payment_action_required",
    "payment_received",
    "card_expiring",
    "promises",
    "reminders",
]

METADATA = [
    *[{}] * 20,
    {"dunwell_collect": "true"},
    {"dunwell_collect": " False "},
    {"dunwell_pause_until": "2026-05-20"},
    {"dunwell_pause_until": "soon"},
    {"dunwell_answered": "2026-04-20"},
]

CODES = [
    None,
    "insufficient_funds",
    "do_not_honor",
    "stolen_card",
    "card_declined",
    "R01",
    "AM04",
    "05",
    "R1",
    "x",
]
ADVICE = [None, "try_again_later", "do_not_try_again", "01", "02", "24", "30", "40", "99"]


def mostly(usual: object, *others: object) -> st.SearchStrategy[object]:
    """What is usual, seven times of eight: were every obstacle as likely as not, next to no facts would lead
    to an action."""
    return st.sampled_from([*[usual] * 7 * len(others), *others])


OUTCOMES = st.sampled_from([*[Outcome.DECLINED] * 6, *Outcome])

ages = st.one_of(
    st.integers(0, 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    st.integers(-10, 60 * 24 * 120).map(lambda minutes: timedelta(minutes=minutes)),
    st.sampled_from([timedelta(hours=23), timedelta(minutes=2), timedelta(days=7), timedelta(0)]),
)
past = ages.map(lambda age: NOW - age)
instants = st.integers(-60 * 24 * 400, 60 * 24 * 400).map(lambda minutes: NOW + timedelta(minutes=minutes))
maybe = st.none() | instants
amounts = st.builds(Money, st.sampled_from([0, 1, 50, 4_900, 10**12]), st.sampled_from(["eur", "jpy", "kwd"]))

failures = st.builds(
    Failure, st.sampled_from(CODES), st.sampled_from(CODES), st.sampled_from(ADVICE), st.sampled_from(CODES),
    st.sampled_from(ADVICE), st.sampled_from([None, "blocked", "issuer_declined"]), st.sampled_from(CODES),
)  # fmt: skip
methods = st.builds(
    PaymentMethod,
    id=st.sampled_from(["pm_1", "pm_2"]),
    kind=st.sampled_from(["card", "link", "us_bank_account", "sepa_debit", "bacs_debit", "new"]),
    fingerprint=st.sampled_from([None, "fp_1", "fp_2"]),
    brand=st.sampled_from([None, "visa", "mastercard", "amex"]),
    country=st.sampled_from([None, "DE", "IN"]),
    exp_month=st.sampled_from([None, 3, 12, 13]),
    exp_year=st.sampled_from([None, 2026, 2030, 99999]),
    attempted_at=st.lists(past, max_size=40).map(tuple),
)
identities = st.none() | methods.map(lambda method: method.identity)


@st.composite
def attempts_made(draw: st.DrawFn) -> tuple[Attempt, ...]:
    """Attempts of anyone; our own are numbered, keyed and never two at once."""
    made = []
    for number, at in enumerate(sorted(draw(st.lists(past, max_size=6))), 1):
        origin = draw(st.sampled_from(Origin))
        own = origin is Origin.DUNWELL
        made.append(
            Attempt(
                id=f"dunwell-{number:03d}" if own else f"ch_{number}",
                origin=origin,
                started_at=at,
                outcome=draw(OUTCOMES),
                amount=draw(amounts),
                number=number if own else None,
                failure=draw(st.none() | failures),
                method=draw(identities),
                charge_id=draw(st.sampled_from([None, f"ch_{number}"])),
                idempotency_key=f"key-{number}" if own else None,
                charged=draw(st.booleans()),
                method_id=draw(st.sampled_from([None, "pm_1"])),
                intended=draw(identities),
                asked=draw(st.integers(0, 30)),
                asked_at=draw(st.none() | ages.map(lambda age, at=at: max(at, NOW - age))),
            )
        )
    return tuple(draw(st.permutations(made)))


charges = st.lists(
    st.builds(
        Charge,
        id=st.sampled_from([f"ch_{number}" for number in range(1, 9)]),
        created_at=past,
        outcome=st.sampled_from(Outcome),
        amount=amounts,
        failure=st.none() | failures,
        method=st.none() | methods,
    ),
    max_size=6,
    unique_by=lambda charge: charge.id,
)


@st.composite
def words(draw: st.DrawFn) -> PayersWord:
    """Whatever a payer may have said by now, in their order."""
    promises = [
        Promise(at, at.date(), at + rest, at + rest + timedelta(hours=9))
        for at, rest in sorted(draw(st.lists(st.tuples(past, ages), max_size=2)))
    ]
    picked = draw(st.none() | st.builds(PickedDay, past, st.dates(), instants))
    disputed = draw(st.sampled_from([None, None, None, Dispute(NOW, Complaint.WRONG, "no")]))
    return PayersWord(tuple(promises), picked, draw(st.none() | past), disputed)


@st.composite
def invoices(draw: st.DrawFn, statuses: Sequence[Status] = tuple(Status)) -> Invoice:
    due, paid, remaining = draw(amounts), draw(st.integers(0, 5_000)), draw(st.integers(0, 5_000))
    return Invoice(
        id="in_1",
        customer_id="cus_1",
        status=draw(st.sampled_from(statuses)),
        collection_method=draw(st.sampled_from(CollectionMethod)),
        amount_due=due,
        amount_paid=Money(paid, due.currency),
        amount_remaining=Money(remaining, due.currency),
        created_at=draw(past),
        read_at=NOW,
        finalized_at=draw(st.none() | past),
        due_at=draw(maybe),
        auto_advance=draw(mostly(True, False)),
        attempted=draw(mostly(True, False)),
        processor_next_attempt_at=draw(mostly(None, NOW - timedelta(hours=1), NOW + timedelta(days=2))),
        processor_attempt_count=draw(st.integers(-1, 9)),
        payment_processing=draw(mostly(False, True)),
        payment_action_required=draw(mostly(False, True)),
        payment_method=draw(st.none() | methods),
        metadata=draw(st.sampled_from(METADATA)),
        paid_at=draw(st.none() | past),
        word=draw(st.just(PayersWord()) | words()),
        planned_retry=draw(
            st.none() | st.builds(PlannedRetry, instants, st.just("basis"), st.just("reason"))
        ),
    )


open_invoices = invoices([Status.OPEN])
days = st.integers(1, RETRY_WINDOW_DAYS_MAX)
send_hours = st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda pair: pair[0] < pair[1])


@st.composite
def owners_settings(draw: st.DrawFn) -> Settings:
    """Whatever `read_settings` accepts."""
    first, last = draw(send_hours)
    offsets = draw(st.lists(st.integers(-90, 90), max_size=REMINDERS_MAX, unique=True))
    return Settings(
        version=1,
        active_since=draw(mostly(NOW - timedelta(days=90), None, NOW - timedelta(days=20), NOW)),
        adopt_open_invoices=draw(mostly(True, False)),
        collect_without_auto_advance=draw(mostly(True, False)),
        time_zone=draw(zones),
        retry=RetryPolicy(
            draw(st.sampled_from(RetryKind)),
            draw(st.integers(1, RETRIES_MAX)),
            draw(days),
            tuple(draw(st.lists(days, min_size=1, max_size=RETRIES_MAX))),
            draw(st.integers(0, HOLDOUT_PERCENT_MAX)),
        ),
        messages=MessagePolicy(
            **{name: draw(st.booleans()) for name in KINDS_OF_MAIL},
            reminder_offsets_days=tuple(offsets),
            reminder_collection_methods=draw(st.frozensets(st.sampled_from(CollectionMethod))),
            send_from_hour=first,
            send_until_hour=last,
            grace_days=draw(st.integers(0, 14)),
        ),
        past_due=PastDuePolicy(draw(st.sampled_from(PastDueAction)), draw(st.integers(1, PAST_DUE_DAYS_MAX))),
        tolerance=draw(st.sampled_from([{}, {"eur": Money(5_000, "eur"), "jpy": Money(0, "jpy")}])),
    )


@st.composite
def wanted(draw: st.DrawFn) -> WantedMessage:
    name, offset, kind = (
        draw(st.sampled_from("abc")),
        draw(st.integers(-9, 9)),
        draw(st.sampled_from(MessageKind)),
    )
    at = draw(instants)
    ends = at + timedelta(minutes=draw(st.integers(0, 60 * 24 * 15)))
    return WantedMessage(f"in_{name}:{kind}:{offset}", kind, f"in_{name}", at, ends, offset)


records = st.builds(
    MessageRecord,
    st.integers(0, 30).map(lambda n: f"record-{n}"),
    st.sampled_from(MessageKind),
    st.sampled_from(["in_a", "in_b", "in_c"]),
    st.sampled_from(MessageState),
    ages.map(lambda age: NOW - age / 8),
)
customers = st.builds(
    Customer,
    st.just("cus_1"),
    st.sampled_from(["ada@customer.example.com", "ada@customer.example.com", None, ""]),
    time_zone=st.none() | zones,
    records=st.lists(records, max_size=8, unique_by=lambda record: record.key).map(tuple),
)
wanted_lists = st.lists(wanted(), max_size=8, unique_by=lambda message: message.key)
