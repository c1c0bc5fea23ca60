"""The rules that every template of ours keeps, whatever is added to it."""

import json
import re

import pytest
from dunwell.domain.customers import Feedback, MessageState
from dunwell.domain.payments import Outcome
from dunwell.workers import Lane

from sandbox.cloud.translation import ROOT

FOURTEEN_DAYS_S = 1_209_600
WAKES = ("AWS::Lambda::EventSourceMapping", "AWS::Scheduler::Schedule", "AWS::Lambda::Permission")


def of_type(resources, kind):
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == kind}


def pascal(name):
    return "".join(part.title() for part in name.split("_"))


def test_every_queue_has_a_dead_letter_queue_of_fourteen_days_with_an_alarm(resources):
    """A message that fails is kept, and somebody is told."""
    queues = of_type(resources, "AWS::SQS::Queue")
    alarmed = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values()
        if alarm["Namespace"] == "AWS/SQS"
        for dimension in alarm["Dimensions"]
    }
    dead = {name for name in queues if name.endswith("DeadLetters")}
    working = set(queues) - dead
    assert len(working) == 8
    for name in working:
        target = queues[name]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        assert target == name.removesuffix("Queue") + "DeadLetters"
        assert queues[name]["RedrivePolicy"]["maxReceiveCount"] >= 3
    for name in dead:
        assert queues[name]["MessageRetentionPeriod"] == FOURTEEN_DAYS_S
    assert alarmed == dead
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())


def test_a_queue_is_invisible_for_six_times_its_functions_time_out(resources):
    """Or a slow batch is redelivered while it is still worked on."""
    functions, queues = of_type(resources, "AWS::Lambda::Function"), of_type(resources, "AWS::SQS::Queue")
    every = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    mappings = [one for one in every if one["EventSourceArn"]["Fn::GetAtt"][0] in queues]
    assert mappings
    for mapping in mappings:
        function, queue = mapping["FunctionName"]["Ref"], mapping["EventSourceArn"]["Fn::GetAtt"][0]
        assert queues[queue]["VisibilityTimeout"] >= 6 * functions[function]["Timeout"]
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["BatchSize"] <= 10
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_a_stream_is_read_from_its_beginning_and_waits_for_what_fails(resources):
    """A batch that fails holds the rest up, is told by an alarm, and none of it is given up."""
    streams = [
        one
        for one in of_type(resources, "AWS::Lambda::EventSourceMapping").values()
        if one["EventSourceArn"]["Fn::GetAtt"][1] == "StreamArn"
    ]
    assert len(streams) == 4
    for stream in streams:
        table = resources[stream["EventSourceArn"]["Fn::GetAtt"][0]]["Properties"]
        assert table["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
        assert stream["StartingPosition"] == "TRIM_HORIZON"
        assert stream["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert not {"MaximumRetryAttempts", "MaximumRecordAgeInSeconds"} & set(stream)
        assert len(stream["FilterCriteria"]["Filters"]) == 1
    for alarm in ("EventsLateAlarm", "CountsLateAlarm"):
        late = resources[alarm]["Properties"]
        assert (late["MetricName"], late["Threshold"]) == ("IteratorAge", 900_000)


def test_every_alarm_says_where_it_stands_what_to_do(resources):
    """Its text ends with its paragraph in docs/operating.md; no paragraph is of an alarm that is gone."""
    _, alarms = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8").split("\n## Alarms\n")
    headings = {title.lower().replace(" ", "-") for title in re.findall(r"^### (.+)$", alarms, re.MULTILINE)}
    told = [one["AlarmDescription"] for one in of_type(resources, "AWS::CloudWatch::Alarm").values()]
    assert len(told) == 26
    assert {re.fullmatch(r".+: docs/operating\.md#([a-z-]+)", text)[1] for text in told} == headings


def test_the_dashboard_shows_what_is_told(resources):
    """Each of its metrics is one that the code tells by this name; its alarms' metrics as well."""
    body = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(body)["widgets"]
    shown = {
        metric[1] for one in widgets for metric in one["properties"]["metrics"] if metric[0] == "Dunwell"
    }
    watched = {
        one["MetricName"]
        for one in of_type(resources, "AWS::CloudWatch::Alarm").values()
        if one["Namespace"] == "Dunwell"
    }
    files = [*(ROOT / "layers" / "core").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    code = "".join(path.read_text("utf-8") for path in files)
    told = set(re.findall(r'"([A-Z][A-Za-z]+)"', code))
    told |= {f"Attempts{one.title().replace('_', '')}" for one in Outcome}
    told |= {f"Mails{one.title()}" for one in (*MessageState, *Feedback)}
    told |= {f"OldestDue{lane.title()}" for lane in Lane} | {"ReconciledDrifted", "PayersDispute"}
    assert len(shown) > 20
    assert shown | watched <= told


def test_every_schedule_has_a_dead_letter_queue(resources):
    """A wake-up that could not be delivered is not lost in silence."""
    schedules = of_type(resources, "AWS::Scheduler::Schedule")
    assert len(schedules) == 5
    for schedule in schedules.values():
        assert "DeadLetterConfig" in schedule["Target"]
        assert "AWS::StackName" in json.dumps(schedule["Name"])


def test_no_role_has_a_wildcard(resources):
    """Neither in its actions nor in its resources; each function has a role of its own."""
    functions = of_type(resources, "AWS::Lambda::Function")
    roles = {function["Role"]["Fn::GetAtt"][0] for function in functions.values()}
    assert len(roles) == len(functions)
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in role or not role["ManagedPolicyArns"], name
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                assert "*" not in json.dumps([statement["Action"], statement["Resource"]]), name


def test_every_function_is_traced_and_nothing_else_is_granted_beside_the_roles(resources):
    """X-Ray knows no resources, so its two actions stand alone in a policy of their own."""
    functions = of_type(resources, "AWS::Lambda::Function").values()
    assert {function["TracingConfig"]["Mode"]["Fn::If"][1] for function in functions} == {"Active"}
    ((_, policy),) = of_type(resources, "AWS::IAM::Policy").items()
    roles = {role["Ref"] for role in policy["Roles"]}
    assert roles == {function["Role"]["Fn::GetAtt"][0] for function in functions}
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]


def test_ses_reports_on_each_mail_and_keeps_its_own_list(resources):
    """Every report that `email_feedback` reads, to EventBridge; and its quota is kept by five at once."""
    (settings,) = of_type(resources, "AWS::SES::ConfigurationSet").values()
    assert settings["SuppressionOptions"]["SuppressedReasons"] == ["BOUNCE", "COMPLAINT"]
    (reports,) = of_type(resources, "AWS::SES::ConfigurationSetEventDestination").values()
    destination = reports["EventDestination"]
    assert "EventBridgeDestination" in destination
    assert destination["Enabled"] is True
    assert set(destination["MatchingEventTypes"]) == {"SEND", "REJECT", "DELIVERY", "BOUNCE", "COMPLAINT"}
    mappings = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    (mapping,) = (one for one in mappings if one["FunctionName"] == {"Ref": "EmailDelivery"})
    assert mapping["ScalingConfig"]["MaximumConcurrency"] == 5


def test_mail_is_sent_from_one_identity_and_one_address(resources):
    """SES by identity and sender."""
    statements = [
        s
        for s in resources["EmailDeliveryRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        if "ses:SendEmail" in s["Action"]
    ]
    identity, configuration_set = statements
    assert "identity/${SenderIdentity}" in json.dumps(identity["Resource"])
    assert identity["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "SenderAddress"}}}
    assert "configuration-set/${MailSettings}" in json.dumps(configuration_set["Resource"])


def test_every_function_is_bounded_and_logs_to_a_group_of_its_own(resources):
    """Runtime, architecture, memory, time-out and retention are said, not left to defaults."""
    groups = of_type(resources, "AWS::Logs::LogGroup")
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert function["MemorySize"] >= 256
        assert 0 < function["Timeout"] <= 900
        assert function["LoggingConfig"]["LogGroup"] == {"Ref": f"{name}Logs"}
        assert groups[f"{name}Logs"]["RetentionInDays"] >= 365


def test_every_table_is_kept_encrypted_and_restorable(resources):
    """Point-in-time recovery, deletion protection, retained when the stack goes."""
    tables = {name: r for name, r in resources.items() if r["Type"] == "AWS::DynamoDB::Table"}
    assert len(tables) == 10
    for table in tables.values():
        properties = table["Properties"]
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
        assert properties["SSESpecification"]["SSEEnabled"] is True
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert properties["DeletionProtectionEnabled"] is True
        assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_secrets_are_in_secrets_manager_and_in_no_variable(resources):
    """A function's environment names the secret, never holds it."""
    assert of_type(resources, "AWS::SecretsManager::Secret")
    for function in of_type(resources, "AWS::Lambda::Function").values():
        for variable in function["Environment"]["Variables"]:
            assert not re.search("KEY|PASSWORD|TOKEN", variable)


def test_every_parameter_is_described_and_bounded(written):
    """By a pattern with its explanation, or by the values allowed."""
    for name, parameter in written["Parameters"].items():
        assert len(parameter["Description"]) > 20, name
        if "AllowedValues" not in parameter:
            assert parameter["AllowedPattern"].startswith("^"), name
            assert parameter["ConstraintDescription"], name


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        ("StripeAccount", ["", "acct_1A2b"], ["acct_", "x"]),
        ("SenderAddress", ["billing@example.com"], ["billing", "a@b"]),
        ("SenderIdentity", ["example.com", "billing@example.com"], ["example", ""]),
        ("OwnerTimeZone", ["UTC", "Europe/Berlin", "America/Argentina/Salta"], ["", "Europe/ Berlin"]),
        ("AlarmEmail", ["", "ops@example.com"], ["ops", "ops@example"]),
        ("PageAddress", ["", "https://pay.example.com/i"], ["pay.example.com/i", "https://pay.example.com"]),
        ("StripeApiBase", ["", "http://127.0.0.1:8080"], ["ftp://x", "stripe.com/"]),
    ],
)
def test_a_parameters_pattern_takes_what_is_right_and_nothing_else(written, parameter, good, bad):
    """CloudFormation refuses the rest before anything is made."""
    pattern = re.compile(written["Parameters"][parameter]["AllowedPattern"])
    assert all(pattern.search(value) for value in good)
    assert not any(pattern.search(value) for value in bad)


def test_one_name_everywhere(resources):
    """The function's folder, its use case, its sample events and its logical id bear one name."""
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert {pascal(name) for name in folders} == set(of_type(resources, "AWS::Lambda::Function"))
    for name in folders:
        assert (ROOT / "layers/core/dunwell/use_cases" / f"{name}.py").is_file()
        assert len(list((ROOT / "events").glob(f"{name}.*.json"))) >= 2, name
        function = resources[pascal(name)]["Properties"]
        assert function["Code"]["S3Key"] == f"functions/{name}"
        assert resources[f"{pascal(name)}Logs"]["Properties"]["LogGroupName"]["Fn::Sub"].endswith(name)


def test_nothing_wakes_a_function_that_does_not_exist(resources):
    """And every function is woken by something; `operations` by its owner, under IAM."""
    told = json.dumps([r["Properties"] for r in resources.values() if r["Type"] in WAKES])
    for name in of_type(resources, "AWS::Lambda::Function"):
        assert (f'"{name}"' in told) == (name != "Operations")


def test_pages_cannot_use_up_the_rate_that_charges_need(resources):
    """A look reads an invoice once, a choice that is refused twice; Stripe answers 25 such a second."""
    (stage,) = of_type(resources, "AWS::ApiGatewayV2::Stage").values()
    (door,) = of_type(resources, "AWS::ApiGatewayV2::Api").values()
    routes = {
        f"{method.upper()} {path}"
        for path, methods in door["Body"]["paths"].items()
        for method in methods
        if path.startswith("/i/") and not path.endswith("/unsubscribe")
    }
    limits = {route: limit["ThrottlingRateLimit"] for route, limit in stage["RouteSettings"].items()}
    assert routes == set(limits)
    assert sum(limit * (2 if route.startswith("POST") else 1) for route, limit in limits.items()) <= 25 * 0.6
