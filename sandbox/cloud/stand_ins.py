"""Resource types that moto's CloudFormation does not know, registered so that none is skipped in silence.

moto answers CREATE_COMPLETE for types it never made. Here a type is real in moto, or stands in below,
or the deployment fails.
"""

import json
from functools import cache
from typing import Any, ClassVar

from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel
from moto.events.models import EventBus
from moto.secretsmanager.models import secretsmanager_backends


class StandIn(CloudFormationModel):  # type: ignore[misc]
    """A resource that has an id and attributes and does nothing: its wiring is read from the template."""

    type_name: ClassVar[str]
    attributes: ClassVar[dict[str, str]] = {}
    name_property: ClassVar[str] = ""

    def __init__(self, name: str, properties: dict[str, Any]) -> None:
        self.physical_resource_id = name
        self.properties = properties
        self.type = self.type_name

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.type_name

    @classmethod
    def cloudformation_name_type(cls) -> str:
        return cls.name_property

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in cls.attributes

    def get_cfn_attribute(self, attribute: str) -> str:
        """Raises KeyError for an attribute that the type does not have."""
        return self.attributes[attribute].format(name=self.physical_resource_id)

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], *_: Any, **__: Any
    ) -> "StandIn":
        return cls(resource_name, cloudformation_json.get("Properties", {}))

    def is_created(self) -> bool:
        return True


class Secret(StandIn):
    """A real secret in moto's Secrets Manager, whose id is its ARN as in AWS."""

    type_name = "AWS::SecretsManager::Secret"
    name_property = "Name"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **__: Any,
    ) -> "StandIn":
        properties = cloudformation_json["Properties"]
        backend = secretsmanager_backends[account_id][region_name]
        created = backend.create_secret(
            name=resource_name,
            secret_string=properties["SecretString"],
            secret_binary=None,
            description=properties["Description"],
            tags=[],
            kms_key_id=None,
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        return cls(json.loads(created)["ARN"], properties)


@cache
def register() -> dict[str, type[CloudFormationModel]]:
    """Registers the stand-ins with moto and returns every type that can be deployed."""
    EventBus.physical_resource_id = property(lambda bus: bus.name)  # moto's bus has no id
    own = [
        Secret,
        _stand_in("AWS::Scheduler::Schedule", name_property="Name"),
        _stand_in("AWS::CloudWatch::Alarm", name_property="AlarmName"),
        _stand_in("AWS::CloudWatch::Dashboard", name_property="DashboardName"),
        _stand_in("AWS::ApiGatewayV2::Api", {"ApiEndpoint": "https://{name}.execute-api.local"}),
        _stand_in("AWS::ApiGatewayV2::Stage"),
        _stand_in("AWS::SNS::Subscription"),
        _stand_in("AWS::SES::ConfigurationSet", name_property="Name"),
        _stand_in("AWS::SES::ConfigurationSetEventDestination"),
        _stand_in("AWS::SQS::QueuePolicy"),
        _stand_in("AWS::Events::Rule", {"Arn": "arn:aws:events:local:rule/{name}"}, "Name"),
    ]
    models = [*(model for model in CloudFormationModel.__subclasses__() if model is not StandIn), *own]
    by_type = {model.cloudformation_type(): model for model in models}
    names = {kind: model.cloudformation_name_type() for kind, model in by_type.items()}
    parsing.get_model_list = lambda: models
    parsing.get_model_map = lambda: by_type
    parsing.get_name_type_map = lambda: names
    return by_type


def _stand_in(kind: str, attributes: dict[str, str] | None = None, name_property: str = "") -> type[StandIn]:
    body = {"type_name": kind, "attributes": attributes or {}, "name_property": name_property}
    return type(kind.replace("::", ""), (StandIn,), body)
