"""The texts of all languages: complete, with the same fillers; the owner's own checked before they count."""

import json
import tomllib
from importlib.resources import files

import pytest
from dunwell.domain.policies import LANGUAGES, Branding, MessagePolicy
from dunwell.messages.page import LATER, MISSING, UNSUBSCRIBED, UNSUBSCRIBING, PageComposer
from dunwell.messages.texts import OWN_TEXT_MAX, WITHOUT_AN_INVOICE, negotiated, problems, texts_in
from dunwell.settings import SettingsError, read_settings

from tests.build import settings

ENGLISH = texts_in("en", {}).said
OTHERS = [language for language in LANGUAGES if language != "en"]


def braces(text):
    return sorted({part.split("}")[0] for part in text.split("{")[1:]})


def test_there_is_a_file_for_every_language_and_no_other():
    """Whoever adds one adds it to the domain's list."""
    folder = files("dunwell.messages").joinpath("texts")
    assert sorted(f.name for f in folder.iterdir() if f.name.endswith(".toml")) == sorted(
        f"{language}.toml" for language in LANGUAGES
    )


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_says_everything(language):
    """Each text with the fillers of the English one, none left in English, none empty."""
    said = texts_in(language, {}).said
    assert list(said) == list(ENGLISH)
    for key, text in said.items():
        assert braces(text) == braces(ENGLISH[key]), key
        assert text.strip(), key
        if len(text) > 25:
            assert text != ENGLISH[key], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_tells_what_a_bank_thinks_of_a_card(language):
    """Whoever reads the mail may be the one who found it."""
    told = " ".join(texts_in(language, {}).said.values()).lower()
    words = ["stolen", "lost card", "fraud", "gestohlen", "betrug", "volé", "fraude", "robada", "rubata",
             "frode", "gestolen", "roubado", "盗難", "不正"]  # fmt: skip
    assert not [word for word in words if word in told]


@pytest.mark.parametrize(
    ("preferred", "language"),
    [
        ((), "fr"),
        (("de-AT", "en"), "de"),
        (("tlh", "pt-BR"), "pt"),
        (("ja_JP",), "ja"),
        (("zh", "ko"), "fr"),
        (("EN-gb",), "en"),
    ],
)
def test_the_first_language_of_the_customers_that_there_is_counts(preferred, language):
    """In whatever way it is written; else the owner's own."""
    assert negotiated(preferred, "fr") == language


@pytest.mark.parametrize(
    ("language", "key", "text", "told"),
    [
        (
            "xx",
            "card_expiring.subject",
            "x",
            "messages.texts.xx: no language of Dunwell's; it has en, de, es",
        ),
        (
            "en",
            "card_expiring.subjekt",
            "x",
            "en.card_expiring.subjekt: no such text; there are card_expiring.subject, card_expiring.body",
        ),
        (
            "en",
            "nothing",
            "x",
            "messages.texts.en.nothing: no such text; texts/en.toml beside Dunwell's code has them all",
        ),
        ("en", "reminder.today.body", "  ", "1 to 1000 characters"),
        ("en", "reminder.today.body", "x" * (OWN_TEXT_MAX + 1), "1 to 1000 characters"),
        ("en", "reminder.today.body", "a\nb", "on one line, without control characters"),
        ("en", "reminder.today.body", "a\u202eb", "on one line, without control characters"),
        ("en", "reminder.today.body", "Pay {amount", "a brace is not closed; write {{ and }}"),
        ("en", "reminder.today.body", "{amount.currency}", "{amount.currency} cannot be filled in here"),
        ("en", "reminder.today.body", "{amount!r:>9}", "{amount!r:>9} cannot be filled in here"),
        (
            "en",
            "reminder.today.body",
            "{next_attempt}",
            "{next_attempt} cannot be filled in here; it may use amount, due_date, number, sender",
        ),
        (
            "en",
            "statement.subject",
            "{number}",
            "{number} cannot be filled in here; it may use count, sender",
        ),
        (
            "en",
            "page.missing.body",
            "Nothing about {number}",
            "{number} cannot be filled in here; it may use sender",
        ),
        ("en", "reminder.today.body", "{}", "{} cannot be filled in here"),
    ],
)
def test_a_wrong_text_of_the_owners_is_refused_with_what_would_be_right(language, key, text, told):
    """Before it is ever sent."""
    document = json.dumps({"messages": {"texts": {language: {key: text}}}})
    with pytest.raises(SettingsError) as refused:
        read_settings(document, 1)
    assert told in str(refused.value)


def test_an_own_text_may_use_its_fillers_and_a_literal_brace():
    """And what it does not change stays."""
    own = {"de": {"payment_failed.will_retry.body": "{{Neu}}: {amount} am {next_attempt}"}}
    assert list(problems(own)) == []
    texts = texts_in("de", own)
    filled = texts.fill("payment_failed.will_retry.body", {"amount": "5 €", "next_attempt": "morgen"})
    assert filled == "{Neu}: 5 € am morgen"
    assert texts.said["card_expiring.subject"] == texts_in("de", {}).said["card_expiring.subject"]


def test_texts_of_pages_without_an_invoice_are_known():
    """They may use the sender alone, and can be filled in so in every language."""
    assert {
        key for told in (MISSING, LATER, UNSUBSCRIBED, UNSUBSCRIBING) for key in told
    } == WITHOUT_AN_INVOICE
    own = {"en": {"page.missing.body": "Please ask {sender}"}}
    assert list(problems(own)) == []
    chosen = settings(messages=MessagePolicy(texts=own), branding=Branding("Northwind"))
    assert "Please ask Northwind" in PageComposer().notice(MISSING, ["en"], chosen).html
    for language in LANGUAGES:
        for told in (MISSING, LATER, UNSUBSCRIBED, UNSUBSCRIBING):
            assert f'lang="{language}"' in PageComposer().notice(told, [language], settings()).html


def test_the_files_are_toml_of_sentences_only():
    """Nothing but tables and texts, so that a translator can read them."""
    for language in LANGUAGES:
        told = files("dunwell.messages").joinpath("texts", f"{language}.toml").read_text(encoding="utf-8")
        tables = [tomllib.loads(told)]
        while tables:
            for value in tables.pop().values():
                assert isinstance(value, (str, dict))
                if isinstance(value, dict):
                    tables.append(value)


def test_settings_know_the_languages():
    """The owner's own language is one that there are texts in."""
    assert settings().branding.language in LANGUAGES
    with pytest.raises(
        SettingsError, match=r'branding\.language: "tlh" is none of the choices; write one of en, de'
    ):
        read_settings('{"branding": {"language": "tlh"}}', 1)
