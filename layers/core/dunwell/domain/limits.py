"""Every limit of the domain in one place, each with its unit.

A limit is a promise: nothing in Dunwell may go beyond one of these, whatever the owner's settings say.
"""

from datetime import timedelta
from typing import Final

RETRIES_MAX: Final = 15
"""Retries of one invoice, whatever the policy says."""

RETRY_WINDOW_DAYS_MAX: Final = 62
"""Longest retry policy: two months."""

HOLDOUT_PERCENT_MAX: Final = 50
"""Largest share of customers who get the even schedule for comparison."""

RETRY_LATENESS_MAX: Final = timedelta(hours=24)
"""A retry that could not be made on time (an outage) is still made this much later, then it is given up."""

RETRY_GAP_MIN: Final = timedelta(hours=1)
"""Shortest time between two attempts on one invoice."""

REFUSED_GAP: Final = timedelta(days=1)
"""After the processor refused a call before it reached a bank, the next one waits this long."""

REFUSALS_MAX: Final = 3
"""Refused calls on one invoice and payment method before an engineer must look."""

EVEN_GAP_MIN: Final = timedelta(days=1)
"""Shortest time between two evenly spread retries, when an earlier one was made late."""

CARD_ATTEMPTS_MAX: Final = 15
"""Attempts on one card within `CARD_WINDOW`, over all invoices and initiators."""

CARD_WINDOW: Final = timedelta(days=30)

NETWORK_LATENESS_MAX: Final = timedelta(minutes=5)
"""A network counts an attempt so long after it was sent at most: it was on its way, and clocks differ."""

FINAL_ACTION_TRIES_MAX: Final = 3
"""How often one final action is begun anew on an invoice before an engineer must look."""

FINAL_ACTION_AFTER_REST: Final = timedelta(days=1)
"""An invoice that rested is not given up sooner after the morning on which it goes on."""

LOOK_AGAIN_MAX: Final = timedelta(days=7)
"""No open invoice is left unlooked at for longer."""

PROCESSING_LOOK_AGAIN: Final = timedelta(days=1)
"""While a payment is processing, the processor is asked this often, in case its event was lost."""

FINAL_ACTION_REST: Final = timedelta(hours=12)
"""Nothing is asked for under a new key sooner after it was asked for under an older one."""

UNKNOWN_RESOLVED_AFTER: Final = timedelta(minutes=2)
"""An attempt without a recorded outcome is resolved this long after it was started."""

UNKNOWN_ASKED_EVERY: Final = timedelta(hours=1)
"""Longest wait between two questions about one unknown outcome; the first waits double each time."""

UNRESOLVED_LOOK_AGAIN: Final = timedelta(minutes=5)
"""Where an unknown outcome may not be asked for, its charge is looked for this often."""

IDEMPOTENCY_KEY_MAX_AGE: Final = timedelta(hours=23)
"""A key is never sent again after this; the processor may forget it after 24 hours."""

PROCESSOR_STATE_MAX_AGE: Final = timedelta(seconds=5)
"""Oldest reading of the processor's state that allows a charge or a mail."""

MAILS_PER_INVOICE_AND_DAY_MAX: Final = 1

INVOICES_PER_STATEMENT_MAX: Final = 6
"""Each is read from the processor before the mail leaves; the rest waits for the next day."""

STATEMENT_READ_WITHIN: Final = timedelta(seconds=3.5)
"""What of a statement's invoices could not be read so soon after the first waits, too: all that it says must
be within `PROCESSOR_STATE_MAX_AGE` when it leaves."""

MAILS_PER_CUSTOMER_MAX: Final = 3
"""Mails to one customer within `CUSTOMER_BUDGET_WINDOW`."""

CUSTOMER_BUDGET_WINDOW: Final = timedelta(days=7)

PAGE_LINK_VALID_FOR: Final = timedelta(days=30)
"""A mail's link to its hosted invoice page is good for so long."""

PROMISE_DAYS_MAX: Final = 14
"""A promise lies at most this many days ahead."""

PROMISES_MAX: Final = 2
"""Promises on one invoice."""

PROMISE_BROKEN_AFTER: Final = timedelta(hours=1)
"""A customer is told that a promise was not kept so long after the card was to be tried."""

PICKED_DAYS_MAX: Final = 31
"""A day for the next attempt lies at most this many days ahead, and within the policy's window."""

NOTE_MAX: Final = 500
"""Characters of a payer's note."""

CARD_EXPIRING_DAYS: Final = 30
"""A customer is told that a card expires when it is valid for so many more days."""

REMINDER_OFFSET_DAYS_MAX: Final = 90
"""A reminder lies at most this many days before or after the due date."""

REMINDERS_MAX: Final = 12
"""Reminders in one schedule."""

IN_HAND_LOOK_AGAIN: Final = timedelta(minutes=15)
"""What waits for another mail that is on its way is looked at again so much later."""

STOPPED_LOOK_AGAIN: Final = timedelta(minutes=15)
"""While a switch stops charging or mail, what was due is looked at again this often."""

ATTEMPTS_PER_HOUR_MAX: Final = 50_000
"""Highest setting of the circuit breaker on attempts: half of what Stripe's API admits in an hour."""

PAST_DUE_DAYS_MAX: Final = 365
"""Longest wait before an invoice is marked uncollectible."""

REASON_TEXT_MAX: Final = 400
"""Characters kept of one reason's sentence."""
