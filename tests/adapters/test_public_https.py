"""A real server with a certificate of its own, and names that lead where they should not."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from dunwell.adapters import public_https
from dunwell.adapters.public_https import PublicHttps, ipv4_addresses, is_public
from dunwell.errors import EndpointFailedError

HOST = "hooks.merchant.example.com"


class Handler(BaseHTTPRequestHandler):
    """Answers with the status that the path names, and keeps what it heard."""

    heard = []  # noqa: RUF012 - the server makes the handlers

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.heard.append((self.path, self.headers["host"], self.headers["webhook-id"], body))
        status = self.path.strip("/").split("?")[0]
        if status == "hang":
            self.connection.close()
            return
        self.send_response(int(status))
        if status == "302":
            self.send_header("location", "https://elsewhere.example.com/")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Of `HOST`, signed by itself: the path of the certificate with its key."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def server(certificate):
    """Listens on loopback; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Handler.heard.clear()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def https(certificate, *, addresses=("127.0.0.1",), allows=lambda _: True):
    trust = ssl.create_default_context(cafile=certificate)
    return PublicHttps(lambda _: list(addresses), allows, trust)


def test_a_body_is_posted_and_the_status_told(certificate, server):
    """To the address that was looked up, under the host's own name."""
    status = https(certificate).post(f"https://{HOST}:{server}/204?a=1", b"{}", {"webhook-id": "in_1:1"})
    assert status == 204
    assert Handler.heard == [("/204?a=1", f"{HOST}:{server}", "in_1:1", b"{}")]


@pytest.mark.parametrize("status", [302, 500])
def test_no_redirect_is_followed(certificate, server, status):
    """Its status is the answer."""
    assert https(certificate).post(f"https://{HOST}:{server}/{status}", b"{}", {}) == status
    assert len(Handler.heard) == 1


def test_a_certificate_of_another_name_is_not_trusted(certificate, server):
    """Whoever sits at the address."""
    with pytest.raises(EndpointFailedError, match="no answer: SSLError"):
        https(certificate).post(f"https://other.example.com:{server}/204", b"{}", {})
    with pytest.raises(EndpointFailedError, match="no answer: SSLError"):
        PublicHttps(lambda _: ["127.0.0.1"], lambda _: True).post(f"https://{HOST}:{server}/204", b"{}", {})
    assert Handler.heard == []


def test_a_connection_that_ends_is_no_answer(certificate, server):
    """And none that nobody takes."""
    with pytest.raises(EndpointFailedError, match="no answer: ProtocolError"):
        https(certificate).post(f"https://{HOST}:{server}/hang", b"{}", {})
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(EndpointFailedError, match="no answer: NewConnectionError"):
            https(certificate).post(f"https://{HOST}:{held.getsockname()[1]}/204", b"{}", {})


def test_a_server_that_drips_its_answer_is_not_waited_for(certificate, monkeypatch):
    """Each byte comes in time, and no answer: there is an end to all of it."""
    monkeypatch.setattr(public_https, "DEADLINE_S", 0.5)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        stop = threading.Event()

        def drip():
            taken, _ = listening.accept()
            with context.wrap_socket(taken, server_side=True) as secured:
                secured.sendall(b"HTTP/1.1 200 OK\r\nx: ")
                while not stop.wait(0.05):
                    secured.sendall(b"y")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        with pytest.raises(EndpointFailedError, match="no answer within"):
            https(certificate).post(f"https://{HOST}:{listening.getsockname()[1]}/", b"{}", {})
        stop.set()
        thread.join()


def test_a_server_that_does_not_answer_is_not_waited_for(certificate, monkeypatch):
    """Longer than the time-outs."""
    monkeypatch.setattr(public_https, "READ_TIMEOUT_S", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(EndpointFailedError, match="no answer"):
            https(certificate).post(f"https://{HOST}:{silent.getsockname()[1]}/204", b"{}", {})


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.7", "172.16.0.1", "192.168.1.1", "169.254.169.254", "169.254.170.2",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "100.64.0.1", "192.0.0.8",
        "192.0.2.1", "192.88.99.1", "198.51.100.7", "203.0.113.9", "198.18.0.1",
        "224.0.0.1", "233.252.0.1", "240.0.0.1", "255.255.255.255",
    ],
)  # fmt: skip
def test_nothing_is_sent_to_a_private_address(address):
    """Nor where only one of a name's addresses is private: nobody is connected to."""
    assert not is_public(address)
    for found in ([address], ["93.184.215.14", address]):
        with pytest.raises(EndpointFailedError, match="leads to a private address"):
            PublicHttps(lambda _, found=found: found).post(f"https://{HOST}/", b"{}", {})


def test_public_addresses_are_public():
    """Those of everybody's servers."""
    assert all(map(is_public, ("93.184.215.14", "8.8.8.8", "1.1.1.1", "52.94.236.248")))


def test_a_name_is_looked_up_in_ipv4(monkeypatch):
    """All its addresses; one that leads nowhere is a failure like any other."""

    def found(host, port, family, kind):
        assert (host, port, family, kind) == (HOST, None, socket.AF_INET, socket.SOCK_STREAM)
        return [(family, kind, 6, "", (address, 0)) for address in ("8.8.8.8", "8.8.4.4")]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    assert ipv4_addresses(HOST) == ["8.8.8.8", "8.8.4.4"]

    def nowhere(_):
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(EndpointFailedError, match="leads nowhere"):
        PublicHttps(nowhere).post(f"https://{HOST}/", b"{}", {})
    monkeypatch.undo()
    for odd in ("hooks..example.com", f"{'a' * 64}.example.com"):
        with pytest.raises(EndpointFailedError, match="leads nowhere"):
            PublicHttps().post(f"https://{odd}/", b"{}", {})
    with pytest.raises(EndpointFailedError, match="private"):
        PublicHttps(lambda _: []).post(f"https://{HOST}/", b"{}", {})
