"""AWS clients with explicit time-outs and tries."""

from typing import Any, Final

import boto3
from botocore.config import Config
from pynamodb.connection import Connection

from dunwell.adapters.tables import CONNECT_TIMEOUT_S, READ_TIMEOUT_S

CLIENT_CONNECT_TIMEOUT_S: Final = 2
CLIENT_READ_TIMEOUT_S: Final = 10


def client(service: Any, tries: int = 3) -> Any:
    """A boto3 client. `tries` counts the first one; 1 means that nothing is ever sent again unseen."""
    config = Config(
        connect_timeout=CLIENT_CONNECT_TIMEOUT_S,
        read_timeout=CLIENT_READ_TIMEOUT_S,
        retries={"total_max_attempts": tries, "mode": "standard"},
    )
    return boto3.client(service, config=config)


def tables_connection(region: str) -> Connection:
    """The connection that transactions go through; single rows use the models' own."""
    return Connection(region, connect_timeout_seconds=CONNECT_TIMEOUT_S, read_timeout_seconds=READ_TIMEOUT_S)
