"""Deploys the translated template into moto, and fails where AWS would, or where moto would look away."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import boto3
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.parsing import clean_json
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from sandbox.cloud.stand_ins import register
from sandbox.cloud.translation import REGION, Template, translate

STACK: Final = "dunwell"


class DeploymentError(Exception):
    """The template cannot be deployed as it stands; the text names the resource."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed stack. `resources` are the template's, by logical id, with everything resolved."""

    resources: dict[str, dict[str, Any]]
    physical_ids: dict[str, str]
    outputs: dict[str, str]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The resolved properties of all resources of a type, by logical id."""
        return {
            name: resource["Properties"]
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }


def deploy(parameters: Mapping[str, str], template: Template | None = None) -> Deployment:
    """Deploys into the moto that is active in this process. Raises `DeploymentError`."""
    translated = template or translate(parameters)
    _refuse_unknown_types(translated)
    _upload_placeholders(translated)
    client = boto3.client("cloudformation", region_name=REGION)
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    client.create_stack(StackName=STACK, TemplateBody=json.dumps(translated), Parameters=given)
    stack = next(iter(cloudformation_backends[DEFAULT_ACCOUNT_ID][REGION].stacks.values()))
    if stack.status != "CREATE_COMPLETE":
        raise DeploymentError(f"the stack is {stack.status}: {stack.status_reason or ''}")
    _keep_moto_from_polling()
    resources = _resolved(translated, stack.resource_map)
    return Deployment(
        resources,
        {name: getattr(stack.resource_map[name], "physical_resource_id", name) for name in resources},
        {output.key: output.value for output in stack.output_map.values()},
    )


def _keep_moto_from_polling() -> None:
    """moto would invoke mapped functions itself, in Docker; here the driver polls."""
    for table in dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables.values():
        table.lambda_event_source_mappings.clear()
    for queue in sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues.values():
        queue.lambda_event_source_mappings.clear()


def _refuse_unknown_types(template: Template) -> None:
    known = register()
    for name, resource in template["Resources"].items():
        if resource["Type"] not in known:
            raise DeploymentError(
                f"{name}: the sandbox does not know {resource['Type']}; add it to stand_ins.py"
            )


def _upload_placeholders(template: Template) -> None:
    """Functions and layers run from the working tree; what moto stores of them is an empty archive."""
    client = boto3.client("s3", region_name=REGION)
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w"):
        pass
    location: Any = {"LocationConstraint": REGION}
    client.create_bucket(Bucket="local", CreateBucketConfiguration=location)
    for resource in template["Resources"].values():
        code = resource["Properties"].get("Code") or resource["Properties"].get("Content")
        if isinstance(code, dict) and "S3Key" in code:
            client.put_object(Bucket="local", Key=code["S3Key"], Body=empty.getvalue())


def _resolved(template: Template, resource_map: Any) -> dict[str, dict[str, Any]]:
    conditions = resource_map.lazy_condition_map
    found = {}
    for name, resource in template["Resources"].items():
        if "Condition" in resource and not conditions[resource["Condition"]]:
            continue
        properties = _plain(clean_json(resource["Properties"], resource_map))
        _refuse_none(name, properties, "Properties")
        found[name] = {**resource, "Properties": properties}
    return found


def _plain(value: Any) -> Any:
    """What a reference stands for as text: moto gives some resources themselves in place of their ids."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return next((str(getattr(value, name)) for name in ("name", "arn") if hasattr(value, name)), "None")


def _refuse_none(name: str, value: Any, path: str) -> None:
    """moto turns what it cannot resolve into None or the word "None"."""
    if value is None or (isinstance(value, str) and "None" in value):
        raise DeploymentError(f"{name}: {path} does not resolve ({value!r})")
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        _refuse_none(name, item, f"{path}.{key}")
