"""Mails over hostile facts: what others wrote comes out as text, in the parts, the headers and the MIME."""

import re
from dataclasses import replace
from email import message_from_bytes, policy
from html.parser import HTMLParser

from dunwell.adapters.ses_mailer import SesMailer
from dunwell.domain.customers import MessageKind, WantedMessage
from dunwell.domain.decision import Decision
from dunwell.domain.policies import Branding
from dunwell.errors import MailRefusedError
from dunwell.messages.composer import TemplateComposer
from dunwell.messages.formats import plain, web_address
from dunwell.records import Facts, Link, Mail, MailItem
from hypothesis import example, given
from hypothesis import strategies as st

from tests.build import attempt, customer, day, eur, invoice, sent_invoice, settings
from tests.hostile import BIDI, hostile_text

COMPOSER = TemplateComposer()
SENDER = "billing@example.com"
FAILED = attempt(day(0))

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff" + BIDI + "]")
"""What no header may hold, as it is or once a mail program has decoded it."""

urls = st.one_of(
    st.none(),
    hostile_text,
    st.sampled_from(["javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "//evil.example", " https://x"]),
    hostile_text.map(lambda text: "https://invoice.example.com/i/" + text),
)  # fmt: skip
locales = st.lists(
    st.sampled_from(
        [
            "en-XX",
            "en-ZZZZ-QQ",
            "en-GB",
            "de",
            "??",
            "en-",
            "en_GB",
            "en-US-POSIX",
            "EN-x",
            "ja",
            "fr-CA",
            "pt_BR",
        ]
    )
    | hostile_text,
    max_size=3,
).map(tuple)
scenes = st.sampled_from(
    [
        (MessageKind.INVOICE_FINALIZED, sent_invoice(), {}),
        (MessageKind.PAYMENT_FAILED, invoice(), {"attempt_id": FAILED.id}),
        (MessageKind.PAYMENT_ACTION_REQUIRED, invoice(payment_action_required=True), {}),
        (MessageKind.CARD_EXPIRING, invoice(), {}),
        (MessageKind.PAYMENT_RECEIVED, invoice(amount_paid=eur(4900), amount_remaining=eur(0)), {}),
        *[(MessageKind.REMINDER, sent_invoice(), {"offset_days": days}) for days in (-3, 0, 3, 14)],
        (MessageKind.REMINDER, sent_invoice(), {"offset_days": 3, "count": 3}),
        (MessageKind.REMINDER, invoice(amount_paid=eur(900), amount_remaining=eur(4000)), {"offset_days": 1}),
    ]
)
people = st.fixed_dictionaries({"name": st.none() | hostile_text, "preferred_locales": locales})
brands = st.builds(
    Branding,
    hostile_text,
    st.none() | st.just("desk@example.com") | hostile_text,
    address=st.just("") | hostile_text,
    logo_url=st.none() | hostile_text.map(lambda text: "https://northwind.example/" + text),
)


def compose(scene, who, brand, **fields):
    kind, facts, about = scene
    count, about = about.get("count", 1), {name: told for name, told in about.items() if name != "count"}
    wanted = WantedMessage(f"in_1:{kind}", kind, "in_1", day(0), day(3), **about)
    found = Facts(replace(facts, **fields), (FAILED,), who)
    link, chosen = Link(found.invoice.hosted_invoice_url), settings(branding=brand)
    return COMPOSER.compose([MailItem(wanted, found, Decision(None, day(2)), link, chosen)] * count)


class Page(HTMLParser):
    """What a mail program shows: the elements with their attributes, the links, the text of the body."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.links, self.texts, self.in_head = [], [], [], True
        self.feed(html)
        self.close()

    @property
    def shape(self):
        """The elements with what the template itself says of them."""
        told = [one for one in self.elements if isinstance(one, tuple)]
        return [
            (tag, [pair for pair in attributes if pair[0] not in ("src", "alt")]) for tag, attributes in told
        ], [one for one in self.elements if not isinstance(one, tuple)]

    def handle_starttag(self, tag, attributes):
        self.links += [value for name, value in attributes if name == "href"]
        self.elements.append((tag, [pair for pair in attributes if pair[0] != "href"]))
        self.in_head = self.in_head and tag != "body"

    def handle_endtag(self, tag):
        self.elements.append(f"/{tag}")
        if tag == "a":
            self.texts += self.links

    def handle_data(self, data):
        if not self.in_head:
            self.texts.append(data)

    def handle_comment(self, data):
        self.elements.append(f"comment {data}")

    def handle_pi(self, data):
        self.elements.append(f"instruction {data}")

    def unknown_decl(self, data):
        self.elements.append(f"declaration {data}")


def letters(text):
    """A text without white space and colons, in which alone the two parts may differ."""
    return re.sub(r"[\s:]", "", text)


@given(scenes, people, brands, urls, hostile_text)
@example(
    (MessageKind.INVOICE_FINALIZED, sent_invoice(), {}),
    {"preferred_locales": ("en-XX",)},
    Branding("A\u202eB"),
    None,
    "",
)
def test_what_others_wrote_comes_out_as_text(scene, person, brand, url, number):
    """The page has the template's elements and attributes, links to the web alone, and the text's words."""
    who = customer(**person)
    mail = compose(scene, who, brand, hosted_invoice_url=url, number=number)
    page = Page(mail.html)
    plain_link = "https://plain.example" if page.links else None
    alike = Branding(
        "Northwind",
        address="Kai 1" if plain(brand.address) else "",
        logo_url="https://northwind.example/" if web_address(brand.logo_url) else None,
    )
    same_language = customer(preferred_locales=who.preferred_locales)
    harmless = compose(scene, same_language, alike, hosted_invoice_url=plain_link, number="R-1")
    assert page.shape == Page(harmless.html).shape
    assert len(page.links) in (0, scene[2].get("count", 1))
    for link in page.links:
        assert re.fullmatch(r"https?://[!-~]+", link)
        assert link == url
    signed = letters(mail.text.rsplit("\n", 1)[-1])
    told = letters("".join(page.texts))
    if alike.logo_url is None:
        assert told.startswith(signed)
        told = told.removeprefix(signed)
    assert told + signed == letters(mail.text)
    assert not re.search(f"[{BIDI}\ud800-\udfff\r]", mail.text + mail.html)
    assert mail.text.count("\n") == harmless.text.count("\n")


@given(scenes, people, brands, hostile_text)
@example(
    (MessageKind.INVOICE_FINALIZED, sent_invoice(), {}),
    {},
    Branding("x"),
    "=?utf-8?q?=E2=80=AEgnp=0D=0ABcc:_x?=",
)
@example(
    (MessageKind.INVOICE_FINALIZED, sent_invoice(), {}),
    {},
    Branding("=?utf-8?q?=E2=80=AEgnp=0D=0ABcc:_x?="),
    "1",
)
def test_no_header_can_be_forged(scene, person, brand, number):
    """Their number is fixed; none holds a control or a turn of direction, even once it is decoded."""
    mail = compose(scene, customer(**person), brand, number=number)
    assert not CONTROLS.search(mail.subject)
    assert not CONTROLS.search(mail.sender_name)
    message = sent(mail)
    if message is None:
        assert mail.reply_to, "only the address for answers can be what no header holds"
        return
    told_by = [
        "From",
        "To",
        "Subject",
        "Auto-Submitted",
        *(["Reply-To"] if mail.reply_to else []),
        "MIME-Version",
        "Content-Type",
    ]
    assert message.keys() == told_by
    assert [address.addr_spec for address in message["From"].addresses] == [SENDER]
    assert [address.addr_spec for address in message["To"].addresses] == [mail.to]
    for name in ("From", "To", "Subject"):
        assert not CONTROLS.search(str(message[name]))
    assert str(message["Subject"]).split() == mail.subject.split()
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message.get_body(("plain",)).get_content().rstrip("\n") == mail.text.rstrip("\n")
    assert message.get_body(("html",)).get_content().rstrip("\n") == mail.html.rstrip("\n")


@given(
    st.builds(
        Mail, hostile_text, hostile_text, hostile_text, hostile_text, hostile_text, st.none() | hostile_text
    )
)
@example(Mail("a@b.example", "s", "h", "\ud800", "N"))
@example(Mail("a@b.example", "s", "h", "t", "=?utf-8?q?=0D=0ABcc:_x?="))
@example(Mail("a\u00e9@b.example", "s", "h", "t", "N"))
@example(Mail("a@b\u00e9.example", "s", "h", "t", "N"))
def test_a_mail_is_sent_to_its_address_alone_or_refused_for_good(mail):
    """Whatever its fields hold: nothing that cannot be sent is taken for one that may have left."""
    message = sent(mail)
    if message is not None:
        assert [address.addr_spec for address in message["To"].addresses] == [mail.to]
        assert len(message.keys()) == 6 + bool(mail.reply_to)


def sent(mail):
    """The mail as a mail program reads it, None where it was refused."""

    class Client:
        def send_email(self, **request):
            self.raw = request["Content"]["Raw"]["Data"]
            return {"MessageId": "ses-1"}

    client = Client()
    try:
        SesMailer(client, SENDER, "mail-settings").send(mail)
    except MailRefusedError:
        assert not hasattr(client, "raw")
        return None
    return message_from_bytes(client.raw, policy=policy.default)
