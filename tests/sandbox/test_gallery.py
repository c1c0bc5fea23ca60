"""The gallery: every message in every language, complete, in pages that hold together."""

import json

import pytest
from dunwell.domain.customers import MessageKind
from dunwell.domain.policies import LANGUAGES
from dunwell.messages.texts import texts_in

from sandbox.cli import main


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gallery")
    assert main(["mails", "--folder", str(folder)]) == 0
    return folder


def test_every_message_is_shown_in_every_language(gallery):
    """On a telephone, in a mail program's pane, and at night."""
    subjects = [key for key in texts_in("en", {}).said if key.endswith(".subject")]
    variants = {key.removesuffix(".subject") for key in subjects}
    for language in LANGUAGES:
        shown = {path.stem for path in (gallery / language).iterdir()}
        assert {name.split("-")[0] for name in shown} == variants
        page = (gallery / f"{language}.html").read_text(encoding="utf-8")
        for name in shown:
            assert page.count(f'src="{language}/{name}.html"') == 3


def test_every_text_of_a_mail_is_shown(tmp_path):
    """Each text is replaced by its own name: one that nobody looks at is one that nobody reads."""
    of_pages = {"page.state.due", "page.state.overdue", "page.state.action_required"}
    names = {
        key
        for key in texts_in("en", {}).said
        if key in of_pages or not key.startswith(("page.", "words.card", "words.account"))
    }
    file = tmp_path / "settings.json"
    own = {"messages": {"texts": {"en": {name: f"<{name}>" for name in names}}}}
    file.write_text(json.dumps(own), encoding="utf-8")
    assert main(["mails", "--folder", str(tmp_path / "g"), "--settings", str(file)]) == 0
    shown = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "g" / "en").iterdir())
    assert {name for name in names if f"&lt;{name}&gt;" not in shown} == set()


def test_every_kind_of_message_has_its_mail(gallery):
    """And no text is left with a hole in it."""
    for language in LANGUAGES:
        shown = [path.read_text(encoding="utf-8") for path in (gallery / language).iterdir()]
        assert len(shown) >= len(MessageKind)
        for html in shown:
            body = html.split("</head>")[1]
            assert "{" not in body
            assert "None" not in body
            assert f'<html lang="{language}">' in html


def test_the_owners_own_brand_and_texts_are_shown(tmp_path):
    """So that they can be looked at before they are applied."""
    file = tmp_path / "settings.json"
    own = {"branding": {"name": "Acme"}, "messages": {"texts": {"en": {"reminder.today.subject": "Now!"}}}}
    file.write_text(json.dumps(own), encoding="utf-8")
    assert main(["mails", "--folder", str(tmp_path / "g"), "--settings", str(file)]) == 0
    page = (tmp_path / "g" / "en.html").read_text(encoding="utf-8")
    assert "<h2>Now!</h2>" in page
    assert "Acme" in (tmp_path / "g" / "nl" / "reminder.last.html").read_text(encoding="utf-8")


def test_settings_that_are_wrong_are_told(tmp_path, capsys):
    """With what would be right, and nothing is written."""
    file = tmp_path / "settings.json"
    file.write_text('{"branding": {"accent": "blue"}}', encoding="utf-8")
    assert main(["mails", "--folder", str(tmp_path / "g"), "--settings", str(file)]) == 1
    assert 'branding.accent: "blue" cannot be used; write a colour like #1f4fd8' in " ".join(
        capsys.readouterr().out.split()
    )
    assert not (tmp_path / "g").exists()
