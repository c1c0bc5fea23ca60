"""A deployed stack, as its owner's commands reach it: its resources, and advice where AWS refuses."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)
from dunwell.adapters.tables import bind_tables

AWS_CONFIG: Final = Config(
    connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3, "mode": "standard"}
)

OPERATIONS_TIMEOUT_S: Final = 125
"""For an answer of `operations`, which may take two minutes (template.yaml)."""

INVOKE_CONFIG: Final = AWS_CONFIG.merge(Config(read_timeout=OPERATIONS_TIMEOUT_S))

_ADVICE: Final = (
    (NoCredentialsError, "no AWS credentials: run `aws configure` or `aws sso login`, or name a --profile"),
    (NoRegionError, "no AWS region: name the stack's with --region"),
    (ProfileNotFound, "no such AWS profile: `aws configure list-profiles` shows those there are"),
)

_REFUSED: Final = {
    "ExpiredToken": "get new credentials (`aws sso login`), then run it again",
    "InvalidClientTokenId": "look at your AWS credentials (`aws sts get-caller-identity`)",
}

_ABSENT: Final = ("CREATE_IN_PROGRESS", "CREATE_FAILED", "DELETE_COMPLETE")
"""CloudFormation's states of a resource that cannot be called yet, or no longer."""


@contextmanager
def advising(rights: str) -> Iterator[None]:
    """Turns what AWS or its SDK refuses into a `ValueError` that says what to do; `rights` says what the
    caller needs."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        known = {"AccessDenied": rights, **_REFUSED}
        advice = next((told for name, told in known.items() if code.startswith(name)), None)
        raise ValueError(f"{error}; {advice}" if advice else str(error)) from error
    except BotoCoreError as error:
        advice = next((told for kind, told in _ADVICE if isinstance(error, kind)), None)
        raise ValueError(advice or str(error)) from error


@dataclass(frozen=True, slots=True)
class Account:
    """A deployed stack, and whose credentials reach it. `region` and `profile` are those of the caller's AWS
    configuration when None."""

    stack: str
    region: str | None = None
    profile: str | None = None

    def session(self) -> boto3.Session:
        """Raises what boto3 raises for a profile that is not there."""
        return boto3.Session(profile_name=self.profile, region_name=self.region)


def bind_table(account: Account, logical_id: str) -> None:
    """Has the adapters work on one table of a stack's, named as in the template (`LessonsTable`), with the
    caller's credentials. Raises `ValueError` when there is none, and what boto3 raises."""
    session = account.session()
    client = session.client("cloudformation", config=AWS_CONFIG)
    tables = physical_ids(client, account.stack, "AWS::DynamoDB::Table")
    if logical_id not in tables:
        raise ValueError(f"the stack {account.stack} has no {logical_id}: is it Dunwell's?")
    if account.profile is not None:  # pynamodb makes its own session, of the environment
        os.environ["AWS_PROFILE"] = account.profile
    variable = logical_id.removesuffix("Table").upper() + "_TABLE"
    bind_tables({variable: tables[logical_id], "AWS_REGION": client.meta.region_name})


def physical_ids(client: Any, stack: str, kind: str) -> dict[str, str]:
    """The resources of a type that a stack has now, by logical id, from all pages.

    `client` is CloudFormation's. Raises `ValueError` when there is no such stack, and what boto3 raises.
    """
    try:
        return {
            found["LogicalResourceId"]: found["PhysicalResourceId"]
            for page in client.get_paginator("list_stack_resources").paginate(StackName=stack)
            for found in page["StackResourceSummaries"]
            if found["ResourceType"] == kind and found["ResourceStatus"] not in _ABSENT
        }
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        where = client.meta.region_name
        raise ValueError(f"no stack {stack} in {where}: is it another --region or --profile?") from error
