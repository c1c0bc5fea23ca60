"""Doors: what strangers send in, and what gets out through a mail or a log."""

import json
import operator
from dataclasses import replace

from dunwell.adapters.ses_mailer import SesMailer
from dunwell.adapters.stripe_webhooks import StripeWebhookReader
from dunwell.messages import composer, wording
from dunwell.messages.composer import TemplateComposer
from dunwell.parts import Parts
from dunwell.use_cases.email_delivery import EmailDelivery
from stripe import _webhook

from tests.simulation.planted.bug import Bug, instead, together, value


def _unescaped(environment):
    return lambda *, escaped: environment(escaped=False)


def _named_in_the_subject(compose):
    def planted(self, items):
        mail = compose(self, items)
        return replace(mail, subject=f"{items[0].facts.customer.name}: {mail.subject}")

    return planted


def _joined_as_text(_):
    def planted(self, mail):
        headers = {
            "From": f"{mail.sender_name} <{self.sender}>",
            "To": mail.to,
            "Subject": mail.subject,
            "Content-Type": "text/plain; charset=utf-8",
        }
        head = "".join(f"{name}: {told}\r\n" for name, told in headers.items())
        return f"{head}\r\n{mail.text}".encode()

    return planted


def _secret_told(secret):
    def planted(self, variable, *, renew=False):
        found = secret(self, variable, renew=renew)
        self.telling.note("secrets read", secret=json.dumps(found))
        return found

    return planted


def _address_told(send):
    def planted(self, customer_id, claimed, mail):
        self.telling.note("a mail is sent", to=mail.to)
        send(self, customer_id, claimed, mail)

    return planted


BUGS = (
    Bug(
        "html-through-a-name",
        "HTML through a customer's name.",
        "full",
        instead(composer, "environment", _unescaped),
        ("X3",),
    ),
    Bug(
        "crlf-through-a-name",
        "CRLF through a customer's name, which makes a header of its own.",
        "full",
        together(
            instead(TemplateComposer, "compose", _named_in_the_subject),
            instead(SesMailer, "_raw", _joined_as_text),
        ),
        ("X3",),
    ),
    Bug(
        "bidi-through-a-name",
        "Controls through a customer's name that turn the direction of writing.",
        "full",
        value(wording, "plain", lambda told: told),
        ("X3",),
    ),
    Bug(
        "secret-in-a-log-line",
        "A secret in a log line.",
        "full",
        instead(Parts, "_secret", _secret_told),
        ("X2",),
    ),
    Bug(
        "address-in-a-log-line",
        "A customer's address in a log line.",
        "full",
        instead(EmailDelivery, "_send", _address_told),
        ("X2",),
    ),
    Bug(
        "token-compared-with-equals",
        "A token compared with ==: a webhook's signature, which a stranger may try as often as they like.",
        "full",
        value(_webhook, "secure_compare", operator.eq),
        ("E6", "X1"),
    ),
    Bug(
        "signature-not-looked-at",
        "A webhook taken in without a look at its signature.",
        "full",
        value(StripeWebhookReader, "_verify", lambda self, payload, signature: None),
        ("E6",),
    ),
    Bug(
        "test-mode-taken-in",
        "An event of another account, or of the other livemode, taken in.",
        "full",
        value(StripeWebhookReader, "_check_origin", lambda self, event: None),
        ("E6",),
    ),
)
