"""A settings file: what it says, its lines, and what whoever wrote a wrong one is told."""

import json
from pathlib import Path

import jsonschema
import pytest
from dunwell.domain.policies import Settings
from dunwell.settings.document import DOCUMENT
from dunwell.settings.kinds import Listed, Table

from sandbox.cli import main
from sandbox.cloud.translation import ROOT
from sandbox.owner.settings import schema_text
from sandbox.owner.settings_file import SettingsFileError, read_file, settings_of

WRONG = [
    (f"{text}\n", said)
    for block in Path(__file__).with_name("wrong_settings.txt").read_text("utf-8").strip().split("\n\n")
    for text, said in [block.rsplit("\n=> ", 1)]
]
"""Files with a slip each, and what their writers are told: a finance person must understand it."""

EXAMPLE = ROOT / "docs" / "settings.example.yaml"
EXAMPLES = ("automations", "webhooks")
"""Sections that nobody has without asking for them."""


def told(tmp_path, text):
    path = tmp_path / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsFileError) as refused:
        settings_of(read_file(path))
    return str(refused.value).removeprefix(f"{path}, ")


@pytest.mark.parametrize(("text", "said"), WRONG, ids=range(len(WRONG)))
def test_a_slip_is_told_with_its_line_and_what_would_be_right(tmp_path, text, said):
    """Nothing else is told: one slip, one line."""
    assert told(tmp_path, text) == said


def test_all_slips_are_told_at_once(tmp_path):
    """In the order of the document."""
    text = "retry:\n  retries: 99\nstop:\n  mail: 1\n"
    assert [line.split(":")[0].split(", ")[-1] for line in told(tmp_path, text).splitlines()] == [
        "line 2",
        "line 4",
    ]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}", "null"])
def test_an_empty_file_means_the_defaults(tmp_path, text):
    """In observe mode. A bare null is no table."""
    path = tmp_path / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    if text == "null":
        assert "nothing is no table" in told(tmp_path, text)
    else:
        assert settings_of(read_file(path)) == Settings()


def test_words_mean_what_they_say(tmp_path):
    """YAML 1.2: off is a word, an instant stays as written, and JSON is read as well."""
    path = tmp_path / "settings.yaml"
    path.write_text("active_since: 2026-12-01T00:00:00+01:00\nretry: {kind: off}\n", encoding="utf-8")
    assert read_file(path).plain == {"active_since": "2026-12-01T00:00:00+01:00", "retry": {"kind": "off"}}
    path.write_text(json.dumps({"retry": {"kind": "off", "retries": 3}}), encoding="utf-8")
    assert read_file(path).plain == {"retry": {"kind": "off", "retries": 3}}


def leaves(table, path=()):
    """The paths of all fields of the document."""
    for name, field in table.fields.items():
        kind = field.kind.item if isinstance(field.kind, Listed) else field.kind
        yield (*path, name)
        if isinstance(kind, Table) and name != "settings":
            yield from leaves(kind, (*path, name))


def stands_in(plain, path):
    for name in path:
        plain = [one for part in plain for one in (part if isinstance(part, list) else [part])]
        plain = [part[name] for part in plain if name in part]
    return bool(plain)


def test_the_example_has_every_setting_at_its_default():
    """Each one a line; what it says without what is but an example is what holds without any file."""
    file = read_file(EXAMPLE)
    for path in leaves(DOCUMENT):
        assert stands_in([file.plain], path), path
    settings = settings_of(file)
    assert (len(settings.automations), len(settings.webhooks)) == (2, 1)
    without = {name: value for name, value in file.plain.items() if name not in EXAMPLES}
    assert settings_of(type(file)(file.path, file.text, without, file.lines)) == Settings()


def test_the_schema_beside_the_example_is_that_of_the_settings():
    """`dunwell settings schema > docs/settings.schema.json` writes it; the example fits it."""
    assert (ROOT / "docs" / "settings.schema.json").read_text("utf-8") == schema_text()
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(read_file(EXAMPLE).plain, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"retry": {"retries": 99}}, schema)


def test_the_command_checks_a_file(tmp_path, capsys):
    """0 where it is right, 1 with a line for each slip."""
    assert main(["settings", "check", str(EXAMPLE)]) == 0
    assert "only observes; 2 automations" in capsys.readouterr().out
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG[0][0])
    assert main(["settings", "check", str(path)]) == 1
    assert WRONG[0][1] in " ".join(capsys.readouterr().out.split())
    assert main(["settings", "check", str(tmp_path / "none.yaml")]) == 1
    path.write_bytes(b"\xff\xfe")
    assert main(["settings", "check", str(path)]) == 1
    assert "not UTF-8" in " ".join(capsys.readouterr().out.split())
    assert main(["settings", "schema"]) == 0
    assert capsys.readouterr().out == schema_text()
