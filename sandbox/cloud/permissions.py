"""IAM, which moto does not enforce: each call a function makes is checked against its own role.

A call that the role does not allow fails as it would in AWS; what was used is remembered, so that a
grant nobody needs can be found.
"""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any, Final

from botocore.exceptions import ClientError
from moto.core import DEFAULT_ACCOUNT_ID

from sandbox.cloud.calls import Call
from sandbox.cloud.deployment import Deployment
from sandbox.cloud.translation import REGION

_TRANSACTION_ACTIONS: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_SQS_ACTIONS: Final = {"SendMessageBatch": "SendMessage"}


class Permissions:
    """The roles of all functions, and what each of them has used."""

    def __init__(self, deployment: Deployment) -> None:
        self.used: dict[str, set[tuple[str, str]]] = {}
        self._grants: dict[str, list[tuple[str, str]]] = {}
        roles = {
            resource["Properties"].get("RoleName") or deployment.physical_ids[name]: resource["Properties"]
            for name, resource in deployment.resources.items()
            if resource["Type"] == "AWS::IAM::Role"
        }
        for function, properties in deployment.of_type("AWS::Lambda::Function").items():
            role = roles[properties["Role"].rsplit("/", 1)[1]]
            self._grants[function] = list(_grants(role))

    def grants(self, function: str) -> set[tuple[str, str]]:
        """The (action, resource) pairs that a function's role allows."""
        return set(self._grants[function])

    def check(self, call: Call, go: Callable[[], Any]) -> Any:
        """A `Guard`: a call that the caller's role does not allow fails as it would in AWS."""
        for action, resource in needed(call.service, call.operation, call.params):
            self._check(call.function, action, resource)
        return go()

    def _check(self, function: str, action: str, resource: str) -> None:
        for allowed, over in self._grants[function]:
            if fnmatchcase(action, allowed) and fnmatchcase(resource, over):
                self.used.setdefault(function, set()).add((allowed, over))
                return
        message = f"{function}'s role does not allow {action} on {resource}"
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, action)


def needed(service: str, operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The (action, resource ARN) pairs that a call needs. Raises for a service it does not know."""
    if service == "dynamodb":
        yield from _dynamodb(operation, params)
    elif service == "sqs":
        yield (
            f"sqs:{_SQS_ACTIONS.get(operation, operation)}",
            _arn("sqs", params["QueueUrl"].rsplit("/", 1)[1]),
        )
    elif service == "secretsmanager":
        yield f"secretsmanager:{operation}", params["SecretId"]
    elif service == "sesv2":
        domain = params["FromEmailAddress"].split("@", 1)[1]
        for action in (operation, "SendRawEmail") if "Raw" in params.get("Content", {}) else (operation,):
            yield f"ses:{action}", _arn("ses", f"identity/{domain}")
            if "ConfigurationSetName" in params:
                yield f"ses:{action}", _arn("ses", f"configuration-set/{params['ConfigurationSetName']}")
    elif service == "events":
        for entry in params["Entries"]:
            yield f"events:{operation}", _arn("events", f"event-bus/{entry['EventBusName']}")
    else:
        raise NotImplementedError(f"no function calls {service} so far: teach permissions.py its resources")


def _dynamodb(operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if operation == "TransactWriteItems":
        for item in params["TransactItems"]:
            for kind, body in item.items():
                yield f"dynamodb:{_TRANSACTION_ACTIONS[kind]}", _arn("dynamodb", f"table/{body['TableName']}")
        return
    if operation == "BatchGetItem":
        for name in params["RequestItems"]:
            yield "dynamodb:BatchGetItem", _arn("dynamodb", f"table/{name}")
        return
    table = f"table/{params['TableName']}"
    index = params.get("IndexName")
    yield f"dynamodb:{operation}", _arn("dynamodb", f"{table}/index/{index}" if index else table)


def _arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{DEFAULT_ACCOUNT_ID}:{name}"


def _grants(role: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for policy in role.get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            actions, resources = statement["Action"], statement["Resource"]
            for action in actions if isinstance(actions, list) else [actions]:
                for resource in resources if isinstance(resources, list) else [resources]:
                    yield action, resource
