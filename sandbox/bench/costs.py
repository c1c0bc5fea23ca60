"""What a month costs at AWS, from what was counted: lives of invoices, schedules, and what stands by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.bench.idle import Idle
from sandbox.bench.lives import Lived

PRICED_ON: Final = "2026-11-30"
REGION_PRICED: Final = "us-east-1"

MILLION: Final = 1_000_000
PRICES: Final[Mapping[str, float]] = {
    "DynamoDB write unit": 0.625 / MILLION,
    "DynamoDB read unit": 0.125 / MILLION,
    "DynamoDB GB-month, with point-in-time recovery": 0.25 + 0.20,
    "Lambda request": 0.20 / MILLION,
    "Lambda GB-second (arm64)": 0.0000133334,
    "SQS request": 0.40 / MILLION,
    "EventBridge event": 1.00 / MILLION,
    "HTTP API request": 1.00 / MILLION,
    "SES mail": 0.10 / 1_000,
    "CloudWatch log GB": 0.50,
    "CloudWatch metric": 0.30,
    "CloudWatch alarm": 0.10,
    "Secrets Manager secret": 0.40,
    "X-Ray trace": 5.00 / MILLION,
}
"""US dollars, without the free tiers."""

MEMORY_MB: Final = 512
MB_OF_A_PROCESSOR: Final = 1_769
"""Memory with which a function has a whole processor
(docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html)."""

PROCESSOR_MS: Final = 2.0
"""Processor time that a warm function spends for each of its calls to AWS, about, on the machine of the bench
(`warm.py` measures it)."""

NETWORK_MS: Final = 4.0
"""How long it waits for the answer, within a region: an assumption, for there was no AWS to measure it on."""

MS_OF_A_CALL: Final = PROCESSOR_MS * MB_OF_A_PROCESSOR / MEMORY_MB + NETWORK_MS

MS_OF_THE_PROCESSOR: Final = 250.0
"""How long a request to Stripe takes: an assumption, too."""

MONTHS_KEPT: Final = 13
"""Months for which an invoice's rows are reckoned, as if none of them went earlier by itself."""

LOG_BYTES_OF_AN_INVOCATION: Final = 900
QUEUES: Final = 8
POLLS_A_MONTH: Final = 5 * 3 * 60 * 24 * 30
"""Empty receives of one queue: Lambda's five pollers wait for twenty seconds each (AWS's guide on SQS event
sources)."""

ALARMS: Final = 26
SECRETS: Final = 2
"""As many as the template has, which a test holds these to."""

METRICS: Final = 60
"""About as many names are counted under, those that come from outcomes included."""

SHARES: Final[Mapping[str, float]] = {
    "charged, paid at once": 0.72,
    "charged, recovered by the first retry": 0.04,
    "charged, recovered by the third retry": 0.04,
    "sent, paid before it is due": 0.14,
    "sent, paid after two reminders": 0.06,
}
"""A book: of ten invoices eight are charged, one in ten of which fails; of those that are sent three in ten
are late."""


@dataclass(frozen=True, slots=True)
class Month:
    """US dollars of one month by service, for so many invoices that begin in it."""

    invoices: int
    by_service: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.by_service.values())


def month(invoices: int, lives: Sequence[Lived], idle: Sequence[Idle]) -> Month:
    """What so many invoices a month cost."""
    price = PRICES
    by_life = {one.name: one for one in lives}
    reads = writes = calls = messages = events = mails = invocations = asked = heard = 0.0
    for name, share in SHARES.items():
        life = by_life[name]
        used, many = life.total, share * invoices
        reads, writes = reads + many * used.reads, writes + many * used.writes
        calls, messages = calls + many * used.requests, messages + many * used.messages
        events, mails = events + many * used.events, mails + many * used.mails
        own = {function: cost.invocations for function, cost in life.by_function.items()}
        invocations += many * sum(n for function, n in own.items() if function != "DueDispatch")
        asked, heard = asked + many * life.processor, heard + many * own["WebhookIntake"]
    for one in idle:
        reads, writes = reads + one.runs_a_month * one.cost.reads, writes + one.runs_a_month * one.cost.writes
        calls, invocations = calls + one.runs_a_month * one.cost.requests, invocations + one.runs_a_month
    seconds = (calls * MS_OF_A_CALL + asked * MS_OF_THE_PROCESSOR) / 1_000
    bytes_kept = sum(share * by_life[name].stored for name, share in SHARES.items())
    stored = invoices * bytes_kept * MONTHS_KEPT / 1e9
    return Month(
        invoices,
        {
            "DynamoDB": reads * price["DynamoDB read unit"]
            + writes * price["DynamoDB write unit"]
            + stored * price["DynamoDB GB-month, with point-in-time recovery"],
            "Lambda": invocations * price["Lambda request"]
            + seconds * MEMORY_MB / 1_024 * price["Lambda GB-second (arm64)"],
            "SQS": (QUEUES * POLLS_A_MONTH + 3 * messages) * price["SQS request"],
            "EventBridge": (events + 2 * mails) * price["EventBridge event"],
            "HTTP API": heard * price["HTTP API request"],
            "SES": mails * price["SES mail"],
            "CloudWatch": invocations * LOG_BYTES_OF_AN_INVOCATION / 1e9 * price["CloudWatch log GB"]
            + METRICS * price["CloudWatch metric"]
            + ALARMS * price["CloudWatch alarm"],
            "Secrets Manager": SECRETS * price["Secrets Manager secret"],
            "X-Ray": min(invocations, 0.05 * invocations + 60 * 60 * 24 * 30) * price["X-Ray trace"],
        },
    )
