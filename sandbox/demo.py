"""`dunwell demo`: a quarter of a small company's invoices, played through the real template and handlers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from sandbox.fake_stripe.webhooks import Disorder
from sandbox.mailbox import write_mailbox
from sandbox.owner.report import report_of
from sandbox.owner.report_page import write_page
from sandbox.stack import Options, Sandbox, open_sandbox
from sandbox.story import tell
from sandbox.world import Company, Habits

START: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)

SETTINGS: Final[dict[str, Any]] = {
    "active_since": "2026-01-01T00:00:00+00:00",
    "time_zone": "Europe/Berlin",
    "retry": {"kind": "smart", "retries": 8, "window_days": 14},
    "messages": {"reminder_offsets_days": [-3, 0, 3, 7, 14]},
    "past_due": {"action": "mark_uncollectible", "after_days": 30},
    "tolerance": {"eur": 100},
    "branding": {"name": "Northwind Tools", "reply_to": "accounts@northwind.example.com"},
}
"""What the company's owner decided."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Invoices and their money in minor units (`amount`)."""

    invoices: int = 0
    amount: int = 0

    def plus(self, amount: int) -> "Sums":
        return Sums(self.invoices + 1, self.amount + amount)


def run_demo(days: int, customers: int, seed: int, folder: Path, console: Console) -> int:
    """Plays the demo and prints its end. Returns the exit code: 1 when anything was dead-lettered."""
    bank = Habits(seed)
    disorder = Disorder(delay_max=timedelta(seconds=40), repeated_share=0.05)
    options = Options(settings=SETTINGS, bank=bank, disorder=disorder, seed=seed)
    end = START + timedelta(days=days)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("day {task.completed:.0f} of {task.total}"),
        TimeElapsedColumn(), console=console,
    )  # fmt: skip
    with bar, open_sandbox(START, options) as sandbox:
        Company(sandbox.account, bank, seed).open(customers, START, end)
        task = bar.add_task("Collecting", total=days)
        sandbox.run_until(end, every=_ticker(sandbox, lambda day: bar.update(task, completed=day)))
        bar.update(task, completed=days)
        page = write_mailbox(sandbox.mails(), folder / "mails")
        report = write_page(folder / "report.html", report_of(reported(sandbox, START.date())))
        bar.stop()
        return _end(sandbox, (page, report), console)


def reported(sandbox: Sandbox, since: date) -> dict[str, Any]:
    """What `operations` answers who asks it for the report of all days from one on."""
    asked = {"operation": "report", "since": f"{since}", "until": f"{sandbox.driver.now().date()}"}
    told: dict[str, Any] = sandbox.functions.invoke("Operations", asked)
    return told


def _ticker(sandbox: Sandbox, show: Callable[[float], None]) -> Callable[[], None]:
    """Moves the bar by virtual time, whole days only."""
    shown = -1

    def tick() -> None:
        nonlocal shown
        day = (sandbox.driver.now() - START).days
        if day != shown:
            shown = day
            show(day)

    return tick


def sums(sandbox: Sandbox) -> dict[str, Sums]:
    """How the invoices ended, from the fake Stripe's own ledger."""
    found: dict[str, Sums] = {}
    for invoice in sandbox.account.objects["invoice"].values():
        if invoice["status"] != "draft":
            for name in ("due", _ending(sandbox, invoice)):
                found[name] = found.get(name, Sums()).plus(invoice["total"])
    return found


def _ending(sandbox: Sandbox, invoice: dict[str, Any]) -> str:
    if invoice["status"] == "uncollectible":
        return "given up"
    if invoice["status"] != "paid":
        return "still open"
    if invoice["pre_payment_credit_notes_amount"]:
        return "paid, a shortfall credited"
    own = f"dunwell-{invoice['id']}-"
    charges = [
        charge
        for payment in sandbox.account.payments_of(invoice["id"])
        for charge in sandbox.account.charges_of(payment["payment"]["payment_intent"])
    ]
    if not any(charge["status"] == "failed" for charge in charges):
        return "paid at the first attempt, or by the customer"
    paid = next(c for c in charges if c["status"] == "succeeded")
    events = sandbox.account.objects["event"].values()
    keys = {
        (event["request"]["idempotency_key"] or "")
        for event in events
        if event["type"] == "charge.succeeded" and event["data"]["object"]["id"] == paid["id"]
    }
    ours = any(key.startswith(own) for key in keys)
    return "recovered by a retry" if ours else "recovered: the customer acted after our mail"


def _end(sandbox: Sandbox, pages: tuple[Path, Path], console: Console) -> int:
    table = Table(title="What became of the invoices", title_justify="left")
    table.add_column("")
    table.add_column("invoices", justify="right")
    table.add_column("EUR", justify="right")
    for name, total in sorted(sums(sandbox).items(), key=lambda item: -item[1].invoices):
        table.add_row(name, str(total.invoices), f"{total.amount / 100:,.2f}")
    console.print(table)
    _tell_stories(sandbox, console)
    driver, delivered = sandbox.driver, sandbox.webhooks.delivered
    console.print(
        f"\n{delivered.events} events heard in {delivered.deliveries} deliveries; "
        f"{len(sandbox.mails())} mails sent; {sum(sandbox.functions.invocations.values())} invocations; "
        f"{driver.ticks_skipped:,} idle minutes skipped.",
        soft_wrap=True,
    )
    console.print(f"The mails, as a mail program would show them: {pages[0]}", soft_wrap=True)
    console.print(f"What was recovered, as a page: {pages[1]}", soft_wrap=True)
    dead = driver.dead_letters()
    for failure in driver.failures:
        console.print(f"[red]failed[/red] {failure}", highlight=False)
    if dead:
        console.print(f"[red]dead letters:[/red] {dead}")
    return 1 if dead else 0


def _tell_stories(sandbox: Sandbox, console: Console) -> None:
    invoices = list(sandbox.account.objects["invoice"].values())
    for ending in ("recovered by a retry", "given up"):
        told = [i for i in invoices if i["status"] != "draft" and _ending(sandbox, i) == ending]
        if not told:
            continue
        longest = max(told, key=lambda i: len(tell(sandbox, i))) if ending.startswith("rec") else told[0]
        console.print(f"\n[bold]The story of one invoice that was {ending}[/bold]")
        start = None
        for line in tell(sandbox, longest):
            start = start or line.at
            console.print(
                f"  day {(line.at.date() - start.date()).days:>2}  {line.at:%d %b %H:%M}  {line.text}",
                highlight=False,
            )
            if line.why:
                console.print(f"          [dim]because {line.why}[/dim]", highlight=False, soft_wrap=True)
