"""Posts to public hosts over https, and to nothing that is private: not the machine's own addresses, not a
network's, not a cloud's metadata."""

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final
from urllib.parse import urlsplit

import urllib3

from dunwell.errors import EndpointFailedError

CONNECT_TIMEOUT_S: Final = 3.0
READ_TIMEOUT_S: Final = 10.0
"""Whoever works on an event for longer answers first."""

DEADLINE_S: Final = 15.0
"""For all of it: looking the name up, connecting, and the answer's head."""

HTTPS_PORT: Final = 443

SPECIAL: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ),
    )
)  # fmt: skip
"""IANA's special-purpose registry, and multicast. Python's own tables (`is_global`) differ by its version."""


def ipv4_addresses(host: str) -> list[str]:
    """Where a name leads: IPv4 alone, for Lambda reaches nothing else. Raises `OSError`."""
    found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def is_public(address: str) -> bool:
    """Whether an IPv4 address is somebody's server on the internet."""
    return not any(IPv4Address(address) in network for network in SPECIAL)


@dataclass(frozen=True, slots=True)
class PublicHttps:
    """A host's name is looked up once, and what was found public is what is connected to: a name that leads
    elsewhere a moment later reaches nothing private. `trust` is None for what everybody trusts."""

    addresses_of: Callable[[str], Sequence[str]] = ipv4_addresses
    allows: Callable[[str], bool] = is_public
    trust: ssl.SSLContext | None = None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The answer's status; no redirect is followed, and what the answer says is not read. Raises
        `EndpointFailedError` where there is none within `DEADLINE_S`, however slowly one drips in."""
        worker = ThreadPoolExecutor(1)
        try:
            return worker.submit(self._ask, url, body, headers).result(timeout=DEADLINE_S)
        except TimeoutError:
            raise EndpointFailedError(f"no answer within {DEADLINE_S:.0f} seconds") from None
        finally:
            worker.shutdown(wait=False)

    def _ask(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        parts = urlsplit(url)
        host, port = str(parts.hostname), parts.port or HTTPS_PORT
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        named = host if port == HTTPS_PORT else f"{host}:{port}"
        pool = self._connection(host, port)
        try:
            answer = pool.urlopen(
                "POST",
                path,
                body=body,
                headers={**headers, "host": named},
                redirect=False,
                preload_content=False,
            )
            return int(answer.status)
        except urllib3.exceptions.HTTPError as error:
            raise EndpointFailedError(f"no answer: {type(error).__name__}") from error
        finally:
            pool.close()

    def _connection(self, host: str, port: int) -> urllib3.HTTPSConnectionPool:
        return urllib3.HTTPSConnectionPool(
            self._address(host),
            port,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S),
            retries=False,
            cert_reqs="CERT_REQUIRED",
            ssl_context=self.trust,
            server_hostname=host,
            assert_hostname=host,
        )

    def _address(self, host: str) -> str:
        try:
            found = self.addresses_of(host)
        except (OSError, UnicodeError) as error:
            raise EndpointFailedError("its host's name leads nowhere") from error
        if not found or not all(map(self.allows, found)):
            raise EndpointFailedError("its host's name leads to a private address: nothing is sent there")
        return found[0]


post = PublicHttps().post
