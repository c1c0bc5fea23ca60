"""The command `dunwell recovery`: what it prints, draws and refuses."""

import json

import pytest

from sandbox.cli import main
from sandbox.recovery.catalogue import SMART, SMART_DAY_0, load_world, policy_factory, world_path
from sandbox.recovery.driver import run

SMALL = [
    "recovery",
    "--seeds",
    "1",
    "--invoices",
    "8",
    "--jobs",
    "1",
    "--policy",
    "even 8",
    "--policy",
    "counts",
]


def told(capsys):
    captured = capsys.readouterr()
    return " ".join(captured.out.split()), " ".join(captured.err.split())


def test_it_prints_a_table_for_each_world_and_a_pooled_one(capsys):
    """In the protocol's columns; the reference of capture runs even if it is not asked for."""
    assert main([*SMALL, "--world", "no_pay_days", "--world", "outages"]) == 0
    out, _ = told(capsys)
    for name in ("no_pay_days:", "outages:", "all worlds, pooled:", "fixed 1-3-5-7", "even 8", "counts"):
        assert name in out
    for column in ("capture", "95 % interval", "net value", "violations", "log-loss", "Brier", "ECE"):
        assert column in out


def test_json_says_the_same(capsys):
    """Only JSON is on stdout."""
    assert main([*SMALL, "--world", "hours", "--seed0", "7", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["seeds"] == [7]
    assert [board["name"] for board in found["worlds"]] == ["hours"]
    rows = {row["policy"]: row for row in found["pooled"]["scores"]}
    assert set(rows) == {"fixed 1-3-5-7", "even 8", "counts"}
    assert rows["fixed 1-3-5-7"]["capture"] in (0, None)
    assert 0 <= rows["even 8"]["recovered_share"] <= 1
    assert rows["counts"]["calibration"]["attempts"] > 0


def test_results_do_not_depend_on_the_number_of_jobs(capsys):
    """Processes share nothing that could matter."""
    asked = [
        "recovery",
        "--world",
        "risk_locks",
        "--seeds",
        "2",
        "--invoices",
        "4",
        "--policy",
        "even 8",
        "--json",
    ]
    found = []
    for jobs in ("1", "3"):
        assert main([*asked, "--jobs", jobs]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0] == found[1]


def test_pictures_are_the_same_byte_for_byte(tmp_path, capsys):
    """No dates and no random ids, so a changed file is a changed number."""
    pytest.importorskip("matplotlib")
    for folder in ("one", "two"):
        assert main([*SMALL, "--world", "outages", "--pictures", str(tmp_path / folder)]) == 0
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["learning_over_time.svg", "posterior.svg", "recovered_by_attempts.svg"]
    for name in names:
        drawn = (tmp_path / "one" / name).read_bytes()
        assert drawn == (tmp_path / "two" / name).read_bytes()
        assert (b"lacked money" if name == "posterior.svg" else b"even 8") in drawn
        assert b"dc:date" not in drawn


def test_a_world_is_any_file_with_open_world(tmp_path, capsys):
    """It is loaded by its path."""
    path = tmp_path / "mine.py"
    path.write_text("from sandbox.recovery.worlds.outages import open_world\n", encoding="utf-8")
    assert main([*SMALL, "--world", str(path)]) == 0
    assert "outages:" in told(capsys)[0]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (None, "give the path of a Python file"),
        ("x = 1\n", "no function open_world"),
        ("open_world = 1\n", "no function open_world"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("def open_world(", "SyntaxError"),
    ],
)
def test_a_file_that_is_no_world_is_told_with_what_to_do(tmp_path, capsys, source, why):
    """Before anything is run."""
    path = tmp_path / "wrong.py"
    if source is not None:
        path.write_text(source, encoding="utf-8")
    assert main([*SMALL, "--world", str(path)]) == 1
    out, _ = told(capsys)
    assert "wrong.py" in out.replace(" ", "")
    assert why in out


@pytest.mark.parametrize("name", ["clever", "even", "even 0", "even x", "fixed", "fixed 1-", "smart 0"])
def test_an_unknown_policy_is_told_with_those_there_are(capsys, name):
    """The list is in the message."""
    assert main(["recovery", "--policy", name]) == 1
    out, _ = told(capsys)
    assert f"no policy is named '{name}'" in out
    assert "ladder 1-3-8-10-12" in out


@pytest.mark.parametrize("wrong", [["--seeds", "0"], ["--invoices", "-1"], ["--jobs", "x"]])
def test_a_wrong_number_is_the_command_lines_fault(wrong):
    """Exit code 2, as argparse has it."""
    with pytest.raises(SystemExit) as ended:
        main(["recovery", *wrong])
    assert ended.value.code == 2


def test_the_help_names_where_smart_lives(capsys):
    """Module and factory."""
    with pytest.raises(SystemExit):
        main(["recovery", "--help"])
    assert SMART in told(capsys)[0]


def test_smart_learns_every_night_and_on_day_0_never():
    """The same plans at first; what is at rest teaches only the one."""
    for name, learnt in (("smart", True), (SMART_DAY_0, False)):
        world = load_world(world_path("outages"))(0, 40)
        policy = policy_factory(name)(world.attempts_max, world.window)
        run(world, policy)
        assert bool(policy.contest.challenger.causes) == learnt
