from dataclasses import replace

import pytest
from dunwell.use_cases.event_processing import EventProcessing

from sandbox.simulation.full.runs import shuffle_full
from sandbox.simulation.runs import shuffle_fast


@pytest.mark.parametrize("seed", range(15))
def test_the_same_events_in_any_order_end_in_the_same_state(seed):
    """Twenty orders, some events several times; attempts with lost answers among what they tell of."""
    assert len(shuffle_fast(seed)) == 1


@pytest.mark.timeout(300)
def test_they_do_so_with_the_real_adapters():
    """Three orders, for the time that a deployment takes."""
    assert len(shuffle_full(1, orders=3)) == 1


def test_an_order_that_mattered_would_show(monkeypatch):
    """The last event heard leaves its mark on the invoice: its histories end in many states."""
    apply = EventProcessing._apply

    def marking(self, event):
        apply(self, event)
        stored = self.invoices._port.facts
        if event.invoice_id in stored:
            facts = stored[event.invoice_id]
            stored[event.invoice_id] = replace(facts, invoice=replace(facts.invoice, number=event.id))

    monkeypatch.setattr(EventProcessing, "_apply", marking)
    assert max(len(shuffle_fast(seed)) for seed in range(15)) > 1
