"""The command `dunwell`: what it prints, what it writes, and how it ends."""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from sandbox.cli import main
from sandbox.cloud.translation import ROOT
from sandbox.fake_stripe.webhooks import signature

SHARED = ROOT.parent / "shared" / "stripe_payloads"

EVENT = {
    "id": "evt_1", "object": "event", "type": "invoice.payment_failed", "created": 1, "livemode": True,
    "data": {"object": {"id": "in_1", "object": "invoice", "status": "open", "currency": "eur",
                        "customer": "cus_1", "amount_due": 100, "amount_remaining": 100, "created": 1}},
}  # fmt: skip


@pytest.mark.long
def test_a_demo_tells_what_became_of_the_invoices(tmp_path, capsys):
    """A table, a story with reasons, and the mails in a folder."""
    assert main(["demo", "--days", "30", "--customers", "8", "--seed", "2", "--folder", str(tmp_path)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "What became of the invoices" in told
    assert "because" in told
    assert "idle minutes skipped" in told
    page = (tmp_path / "mails" / "index.html").read_text(encoding="utf-8")
    first = re.search(r'href="(\d+)\.html"', page)
    assert first
    assert (tmp_path / "mails" / f"{first[1]}.txt").read_text(encoding="utf-8").startswith("Hello")


def replayed(folder, capsys):
    code = main(["replay", str(folder), "--json"])
    return code, json.loads(capsys.readouterr().out)


def write(folder, **payloads):
    for name, payload in payloads.items():
        body = payload if isinstance(payload, str) else json.dumps(payload)
        (folder / f"{name}.json").write_text(body, encoding="utf-8")


def test_a_replay_counts_what_became_of_each_payload(tmp_path, capsys):
    """Applied, ignored with its reason, rejected with its reason; samples that share an id are all heard."""
    other = {
        **EVENT,
        "type": "setup_intent.created",
        "data": {"object": {"id": "seti_1", "object": "setup_intent"}},
    }
    write(tmp_path, a=EVENT, b=other, c=EVENT["data"]["object"], d="{", e={"object": {"id": "x"}}, f=EVENT)
    code, counts = replayed(tmp_path, capsys)
    assert code == 0
    assert (counts["files"], counts["accepted"], counts["applied"], counts["rejected"]) == (6, 3, 1, 3)
    assert counts["ignored_by_reason"] == {"setup_intent.created concerns no invoice": 1}
    assert (counts["waiting"], counts["dead_lettered"], counts["failures"]) == (0, {}, [])


def test_a_replay_of_nothing_says_so(tmp_path, capsys):
    """An empty folder and a missing one are mistakes."""
    assert main(["replay", str(tmp_path)]) == 1
    assert main(["replay", str(tmp_path / "missing")]) == 1
    told = capsys.readouterr().out
    assert "no JSON files" in told
    assert "no such file or folder" in told


@pytest.mark.skipif(not SHARED.is_dir(), reason="recorded payloads are not part of the project")
def test_payloads_that_nobody_here_wrote(capsys):
    """No crash, nothing dead-lettered, every refusal with its reason."""
    code, counts = replayed(SHARED, capsys)
    assert code == 0
    assert counts["accepted"] + counts["rejected"] == counts["files"] > 200
    assert counts["applied"] + counts["ignored"] == counts["accepted"]
    assert counts["applied"] > 15
    assert all(re.match(r"400: not an event", reason) for reason in counts["rejected_by_reason"])


def test_usage_errors_end_with_two(capsys):
    """As every command does."""
    for wrong in ([], ["demo", "--days", "0"], ["up", "--port", "x"]):
        with pytest.raises(SystemExit) as caught:
            main(wrong)
        assert caught.value.code == 2
    assert "usage: dunwell" in capsys.readouterr().err


def test_the_help_is_worth_reading(capsys):
    """It shows examples and explains the exit codes."""
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert "examples:" in told
    assert "exit codes:" in told
    assert all(command in told for command in ("demo", "up", "replay", "invoke", "redrive"))


def test_the_stack_stands_and_hears_webhooks(tmp_path):
    """On loopback, in a process of its own: its endpoint takes a signed event and refuses a forged one, and
    the page that it names opens."""
    port = 18_473
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.cli", "up", "--port", str(port), "--for", "6"],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'core'}", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        introduced = "".join(iter_until(process, "-d customer="))
        body = json.dumps({**EVENT, "livemode": False}).encode()
        secret = re.search(r"signing secret +(\S+)", introduced)[1]
        assert post(port, body, "t=1,v1=0") == 400
        assert post(port, body, signature(body, secret, int(time.time()))) == 200
        page = re.search(r"hosted page +(\S+)", introduced)[1]
        with urllib.request.urlopen(page, timeout=20) as answer:  # noqa: S310
            assert "€49.00" in answer.read().decode()
    finally:
        told = process.communicate(timeout=60)[0]
    assert process.returncode == 0, told
    assert "the mails are in" in told


def iter_until(process, text):
    for line in process.stdout:
        yield line
        if text in line:
            return


def post(port, body, header):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/webhooks/stripe", body, {"Stripe-Signature": header}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_the_samples_are_where_the_readme_says():
    """And the command's help: every sample they name exists."""
    told = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / "sandbox" / "cli.py").read_text(
        encoding="utf-8"
    )
    names = re.findall(r"events/[\w.]+\.json", told)
    assert len(names) >= 2
    assert all(Path(ROOT / name).is_file() for name in names)
