"""Every function through the genuine runtime client, in a process of its own, as Lambda would run it."""

import json
from datetime import UTC, datetime

from sandbox.cli import main
from sandbox.cloud.functions import CREDENTIALS
from sandbox.cloud.translation import ROOT
from sandbox.invoke import invoke_sample, moto_over_http
from sandbox.runtime import invoke_in_runtime
from sandbox.scene import open_scene

LEARNT = range(2)
"""Days that are left to learn, by the hour of the day: this night's may be to come still."""

HAPPY = {
    "webhook_intake.payment_failed": {"statusCode": 200},
    "event_processing.payment_failed": {"batchItemFailures": []},
    "due_dispatch.every_minute": {"enqueued": 6},
    "retry_execution.retry_due": {"batchItemFailures": []},
    "attempt_resolution.answer_lost": {"batchItemFailures": []},
    "reminder_dispatch.message_due": {"batchItemFailures": []},
    "email_delivery.mail_due": {"batchItemFailures": []},
    "email_feedback.bounced": {"batchItemFailures": []},
    "past_due_sweep.every_night": {"enqueued": 2},
    "retry_learning.every_night": {"days": LEARNT},
    "reconciliation_sweep.every_night": {"waiting": 0, "undelivered": 0, "drifted": 0},
    "final_action.past_due": {"batchItemFailures": []},
    "event_publication.payment_failed": {"batchItemFailures": []},
    "recovery_counting.payment_recovered": {"batchItemFailures": []},
    "webhook_delivery.payment_failed": {"batchItemFailures": []},
    "hosted_invoice.looked_at": {"statusCode": 200},
    "operations.wrong_settings": {"error": "these settings cannot be used"},
}


def test_every_function_answers_through_the_runtime_client():
    """Cold, over HTTP to moto and to the fake Stripe; all of them on one scene, each doing its work."""
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert {case.split(".")[0] for case in HAPPY} == folders
    with open_scene(datetime.now(UTC).replace(microsecond=0)) as scene, moto_over_http() as endpoint:
        before = len(scene.mails())
        for case in sorted(HAPPY, key=lambda name: "every" not in name):  # the schedules first
            event = json.loads((ROOT / "events" / f"{case}.json").read_text(encoding="utf-8"))
            done = invoke_sample(scene, endpoint, case.split(".")[0], event)
            assert done.error is None, (case, done.error, done.log)
            for name, right in HAPPY[case].items():
                answer = done.answer[name]
                assert answer in right if right is LEARNT else answer == right, (case, done.answer)
        assert len(scene.mails()) == before + 1
        assert scene.account.get("invoice", "in_sample_past_due")["status"] == "uncollectible"


def test_a_function_without_its_environment_says_what_is_missing():
    """Lambda's own error object, as in its console; the text says who sets the variable."""
    done = invoke_in_runtime(
        "WebhookIntake", "functions/webhook_intake", {"headers": {}, "body": ""}, dict(CREDENTIALS)
    )
    assert done.answer is None
    assert done.error["errorType"] == "MissingVariableError"
    assert "LIVEMODE is not set: template.yaml gives it to each function" in done.error["errorMessage"]


def test_the_command_names_the_functions_there_are(capsys):
    """A wrong name is an error that says what would be right."""
    assert main(["invoke", "no_such", str(ROOT / "events" / "due_dispatch.every_minute.json")]) == 1
    assert "retry_execution" in capsys.readouterr().out
