"""Mail: at most once, to the right person, and never about what is paid."""

from dataclasses import replace
from datetime import timedelta

from dunwell.domain import contact, wanted
from dunwell.domain.customers import Customer, MessageRecord, MessageState, WantedMessage
from dunwell.domain.days import local_date
from dunwell.errors import MailOutcomeUnknownError, MailUnavailableError
from dunwell.use_cases import book, email_delivery, email_feedback, reminder_dispatch
from dunwell.use_cases.email_delivery import EmailDelivery
from dunwell.use_cases.reminder_dispatch import ReminderDispatch

from tests.simulation.planted.bug import Bug, Over, instead, never_too_old, together, value


def _of_today(reminders):
    def planted(invoice, customer, settings):
        zone = customer.zone(settings.time_zone)
        today = local_date(invoice.read_at, zone)
        return (m for m in reminders(invoice, customer, settings) if local_date(m.not_before, zone) == today)

    return planted


def _unclaimed(moved):
    def planted(self, state, at):
        return moved(self, MessageState.PLANNED if state is MessageState.CLAIMED else state, at)

    return planted


def _wanted_as_planned(still_wanted):
    def planted(self, look, key):
        file = self.customers.load(look.facts.customer.id)
        record = file.customer.record(key) if file else None
        if record is None:
            return still_wanted(self, look, key)
        now = self.clock.now()
        return WantedMessage(
            record.key,
            record.kind,
            record.invoice_id,
            now,
            now + timedelta(days=1),
            record.offset_days,
            record.attempt_id,
        )

    return planted


def _wanted_while_processing(decide):
    def planted(invoice, attempts, customer, settings, model, now):
        decided = decide(invoice, attempts, customer, settings, model, now)
        if not any(reason.rule == "payment_processing" for reason in decided.reasons):
            return decided
        return replace(decided, wanted_messages=wanted.wanted_messages(invoice, attempts, customer, settings))

    return planted


def _sending(mail_with):
    """`EmailDelivery._send` with a mailer whose `send` is made of the true one."""

    def make(send):
        def planted(self, *given):
            mailer = Over(self.mailer, send=lambda mail: mail_with(self.mailer.send, mail))
            send(replace(self, mailer=mailer), *given)

        return planted

    return make


def _unknown_is_unavailable(send, mail):
    try:
        return send(mail)
    except MailOutcomeUnknownError as unknown:
        raise MailUnavailableError(str(unknown)) from unknown


def _twice(send, mail):
    try:
        return send(mail)
    except MailOutcomeUnknownError:
        return send(mail)


def _named_by_the_day(reminders):
    def planted(invoice, customer, settings):
        today = local_date(invoice.read_at, "UTC")
        return (replace(m, key=f"{m.key}:{today}") for m in reminders(invoice, customer, settings))

    return planted


def _never_too_late(reminders):
    def planted(invoice, customer, settings):
        later = timedelta(days=60)
        return (replace(m, expires_at=m.expires_at + later) for m in reminders(invoice, customer, settings))

    return planted


def _saved_over(run):
    def planted(self, customer_id):
        def save(before, records, next_due_at):
            self.customers.save(self.customers.load(customer_id), records, next_due_at)

        run(replace(self, customers=Over(self.customers, save=save)), customer_id)

    return planted


def _has_a_record(self, key):
    return self.record(key) is not None


def _told_as_planned(_):
    def planted(self, record, lead, reader):
        for message in record.tells:
            look = self._look(message.invoice_id)
            if look is not None:
                yield email_delivery._Told(message, look, replace(look.facts.customer, email=reader.email))

    return planted


def _left_for_certain(record):
    return record.state not in (MessageState.SKIPPED, MessageState.UNKNOWN)


BUGS = (
    Bug(
        "reminder-of-today-lost",
        'The reminder due "today" lost by an outage: only those of today\'s date are looked for.',
        "fast",
        instead(wanted, "_reminders", _of_today),
        ("R3",),
    ),
    Bug(
        "marked-after-all-was-sent",
        "The reminder marker written after all sends: what was sent before a crash is sent again.",
        "fast",
        instead(MessageRecord, "moved", _unclaimed),
        ("R2", "R4"),
    ),
    Bug(
        "mail-after-payment",
        "Mail after payment: sent as it was planned, without looking again.",
        "fast",
        instead(EmailDelivery, "_still_wanted", _wanted_as_planned),
        ("R1",),
    ),
    Bug(
        "mail-while-processing",
        "Mail while a payment is processing.",
        "fast",
        together(
            instead(book, "decide", _wanted_while_processing),
            value(email_delivery, "_PASSING", frozenset()),
        ),
        ("R1",),
    ),
    Bug(
        "claimed-mail-sent-again",
        "A mail that was claimed and never reported sent planned again.",
        "fast",
        value(reminder_dispatch, "_unstuck", lambda state: MessageState.PLANNED),
        ("R2", "R4"),
    ),
    Bug(
        "unknown-mail-sent-again",
        "A mail that the mail service gave no answer to sent again later.",
        "fast",
        instead(EmailDelivery, "_send", _sending(_unknown_is_unavailable)),
        ("R2", "R4"),
    ),
    Bug(
        "mail-sent-again-at-once",
        "A mail without an answer sent again at once, as an SDK's own retries do.",
        "fast",
        instead(EmailDelivery, "_send", _sending(_twice)),
        ("R2", "R4"),
    ),
    Bug(
        "claim-without-its-owner",
        "A claim that somebody else holds taken for one's own.",
        "fast",
        value(EmailDelivery, "_is_mine", lambda self, customer_id, claimed: True),
        ("R2", "R4"),
    ),
    Bug(
        "records-saved-over",
        "A message's record planned again over one that was sent meanwhile.",
        "fast",
        instead(ReminderDispatch, "run", _saved_over),
        ("R2", "R4"),
    ),
    Bug(
        "statement-and-each-of-its-mails",
        "A statement whose further messages are also sent on their own.",
        "fast",
        value(Customer, "is_settled", _has_a_record),
        ("R2", "R4"),
    ),
    Bug(
        "statement-tells-what-was-right",
        "A statement that tells all it was planned with, whatever became of it since.",
        "fast",
        instead(EmailDelivery, "_told_with", _told_as_planned),
        ("R1",),
    ),
    Bug(
        "budget-forgets-unknown-mails",
        "A budget that forgets mails of which it is not known whether they left.",
        "fast",
        value(MessageRecord, "may_leave", property(_left_for_certain)),
        ("R4",),
    ),
    Bug(
        "second-mail-on-a-day",
        "More than one mail for an invoice and day.",
        "fast",
        value(contact, "MAILS_PER_INVOICE_AND_DAY_MAX", 5),
        ("R4",),
    ),
    Bug(
        "fourth-mail-in-a-week",
        "More than three mails to a customer in a week.",
        "fast",
        value(contact, "MAILS_PER_CUSTOMER_MAX", 50),
        ("R4",),
    ),
    Bug(
        "suppressed-address-written-to",
        "Mails sent to suppressed addresses.",
        "fast",
        value(Customer, "suppression", lambda self, address: None),
        ("R5",),
    ),
    Bug(
        "bounce-not-learnt",
        "A bounce for good not learnt from.",
        "fast",
        value(email_feedback, "suppression", lambda record, report: None),
        ("R5",),
    ),
    Bug(
        "mail-per-look",
        "A reminder's key that holds the day of the look: one mail each day.",
        "fast",
        instead(wanted, "_reminders", _named_by_the_day),
        ("R2",),
    ),
    Bug(
        "reminders-never-too-late",
        "A reminder sent however long its day is past: a blast after an outage.",
        "fast",
        instead(wanted, "_reminders", _never_too_late),
        ("R4",),
    ),
    Bug(
        "mail-on-an-old-reading",
        "A mail sent on a reading that is older than five seconds.",
        "fast",
        never_too_old("email_delivery"),
        ("R1",),
    ),
)
