"""The owner's operations: versions of settings that are never written over, and what is told of a book."""

import json

import pytest
from dunwell.errors import StaleFactsError
from dunwell.history import SettingsVersion
from dunwell.records import DueEntry
from dunwell.use_cases.operations import DOCUMENT_MAX, VERSIONS_TOLD, Change, Operations, RefusedError
from dunwell.use_cases.planning_again import PlanningAgain
from dunwell.workers import Worker

from sandbox.memory.customers import MemoryCustomers
from sandbox.memory.events import MemoryEvents
from sandbox.memory.invoices import MemoryInvoices
from tests.build import day
from tests.fakes import FakeClock, FakeQueues, FakeTelling


class History:
    """Versions in memory; `race` is what another writes just before a version is kept."""

    def __init__(self):
        self.kept, self.race = [], None

    def newest(self):
        return self.kept[-1] if self.kept else None

    def version(self, number):
        return next((one for one in self.kept if one.version == number), None)

    def versions(self, count_max):
        return self.kept[::-1][:count_max]

    def keep(self, made):
        if self.race is not None:
            self.kept.append(self.race)
        if self.version(made.version) is not None:
            raise StaleFactsError("settings")
        self.kept.append(made)


PAGES = {
    ("a", None): (["in_1", "in_2"], "2"),
    ("a", "2"): (["in_3"], None),
    ("b", None): (["cus_1"], None),
}


class Book:
    """An agenda of two parts, the first one with two pages."""

    def parts(self):
        return ["a", "b"]

    def page(self, part, after):
        ids, following = PAGES[part, after]
        worker = Worker.REMINDER_DISPATCH if part == "b" else Worker.RETRY_EXECUTION
        return [DueEntry(one, worker, day(9)) for one in ids], following


@pytest.fixture
def owner():
    clock, customers = FakeClock(), MemoryCustomers()
    invoices = MemoryInvoices(clock, customers, MemoryEvents(clock))
    return Operations(
        History(),
        invoices,
        customers,
        Book(),
        None,
        None,
        None,
        None,
        None,
        FakeQueues(),
        clock,
        FakeTelling(),
    )


def applied(owner, document, on_version, why=""):
    return owner.apply(document, json.dumps(document), "# mine\n", Change("ada", why, on_version))


def test_settings_become_the_next_version_with_who_when_and_why(owner):
    """And everything in the agenda is decided again by them."""
    made = applied(owner, {"retry": {"retries": 4}}, 0, "fewer")
    assert made == SettingsVersion(1, '{"retry": {"retries": 4}}', "# mine\n", "ada", day(0), "fewer")
    assert owner.settings() == owner.settings(1) == made
    told = {"settings_version": "1"}
    assert owner.queues.sent == [
        (Worker.EVENT_PROCESSING, {"plan_again": "a", **told}),
        (Worker.EVENT_PROCESSING, {"plan_again": "b", **told}),
    ]


def test_the_same_settings_again_change_nothing(owner):
    """No version, no work."""
    first = applied(owner, {}, 0)
    owner.queues.sent.clear()
    assert applied(owner, {}, 1) == first
    assert owner.queues.sent == []


def test_a_change_that_was_cut_short_is_completed_by_the_same_change_again(owner):
    """The version is kept, its messages were lost: the repeated request makes no version, and sends them."""
    first = applied(owner, {}, 0)
    wanted = list(owner.queues.sent)
    owner.queues.sent.clear()
    assert applied(owner, {}, 0) == first
    assert owner.queues.sent == wanted != []


def test_settings_that_somebody_else_changed_meanwhile_are_not_written_over(owner):
    """Neither those that were there at the reading, nor those of the same moment."""
    applied(owner, {}, 0)
    with pytest.raises(RefusedError, match=r"version 1 was applied by ada meanwhile; look at it"):
        applied(owner, {"time_zone": "Europe/Berlin"}, 0)
    owner.history.race = SettingsVersion(2, "{}")
    with pytest.raises(RefusedError, match=r"at this moment"):
        applied(owner, {"time_zone": "Europe/Berlin"}, 1)
    assert [one.version for one in owner.versions()] == [2, 1]


def test_wrong_settings_are_refused_with_their_problems(owner):
    """And leave no version."""
    with pytest.raises(RefusedError) as refused:
        applied(owner, {"retry": {"retries": 99}}, 0)
    assert [str(one) for one in refused.value.problems] == [
        "retry.retries: 99 is too much; write a whole number from 1 to 15"
    ]
    with pytest.raises(RefusedError, match=r"bytes of settings are too many"):
        owner.apply({}, "{}", "#" * DOCUMENT_MAX, Change("ada", "", 0))
    with pytest.raises(RefusedError, match=r"there are no settings yet"):
        owner.settings()


def test_going_back_is_one_more_version(owner):
    """It says what the earlier one says, and that it does."""
    first = applied(owner, {"retry": {"retries": 4}}, 0)
    applied(owner, {}, 1)
    back = owner.roll_back(1, json.loads(first.body), Change("bob", "too many mails", 2))
    assert (back.version, back.body, back.why) == (3, first.body, "back to version 1: too many mails")
    with pytest.raises(RefusedError, match=r"there is no version 9; `dunwell settings history`"):
        owner.roll_back(9, {}, Change("bob", "", 3))


def test_the_history_lists_the_newest_first_and_so_many(owner):
    """The rest is there under its number."""
    for number in range(VERSIONS_TOLD + 2):
        applied(owner, {"retry": {"retries": 1 + number % 9}}, number)
    told = owner.versions()
    assert (told[0].version, len(told)) == (VERSIONS_TOLD + 2, VERSIONS_TOLD)
    assert owner.settings(1).version == 1


def test_the_agenda_is_decided_again_page_by_page(owner):
    """Invoices and customers each by their own worker, the next page by a message of its own."""
    again, told = PlanningAgain(owner.agenda, owner.queues, owner.telling), {"settings_version": "7"}
    again.run("a", "7", None)
    assert owner.queues.sent == [
        (Worker.EVENT_PROCESSING, {"invoice_id": "in_1", **told}),
        (Worker.EVENT_PROCESSING, {"invoice_id": "in_2", **told}),
        (Worker.EVENT_PROCESSING, {"plan_again": "a", "after": "2", **told}),
    ]
    owner.queues.sent.clear()
    again.run("a", "7", "2")
    again.run("b", "7", None)
    assert owner.queues.sent == [
        (Worker.EVENT_PROCESSING, {"invoice_id": "in_3", **told}),
        (Worker.REMINDER_DISPATCH, {"customer_id": "cus_1", **told}),
    ]
    assert owner.telling.counts["PlannedAgain"] == 4


@pytest.mark.parametrize("ask", [lambda owner: owner.invoice("in_9"), lambda owner: owner.customer("cus_9")])
def test_what_nobody_knows_is_told(owner, ask):
    """With what an id looks like."""
    with pytest.raises(RefusedError, match=r"nothing is known of .*_9; an? .* id is Stripe's"):
        ask(owner)
