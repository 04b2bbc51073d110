"""The transport keeps its connections, honours the environment's proxy and trusts what the library trusts."""

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Event

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.domain.errors import CallerLeft, ProviderTimeout, ProviderUnavailable
from app.domain.message import Message, ModelRequest
from app.providers.base import Endpoint
from app.providers.lines import Line
from app.providers.registry import Providers
from tests.providers.fake_upstream import FakeUpstream
from tests.providers.fake_wires import Script

QUESTION = ModelRequest("m", (Message("user", "?"),))


def test_a_proxy_of_the_environment_is_asked(upstream: FakeUpstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", upstream.url("anthropic"))
    monkeypatch.delenv("no_proxy", raising=False)
    provider = Providers().get(Endpoint("openai", "http://vendor.example/v1", "key"))
    upstream.script = Script(text="through the proxy")

    reply = provider.generate(QUESTION, timeout_s=5)

    assert reply.text == "through the proxy"
    assert upstream.seen[-1].path == "http://vendor.example/v1/chat/completions"


def test_a_neighbour_is_not_asked_through_the_proxy(upstream: FakeUpstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    provider = Providers().get(Endpoint("openai", upstream.url("openai"), "key"))
    upstream.script = Script(text="directly")

    assert provider.generate(QUESTION, timeout_s=5).text == "directly"


def test_a_server_that_speaks_no_tls_is_unavailable(upstream: FakeUpstream) -> None:
    address = upstream.url("openai").replace("http:", "https:")

    with pytest.raises((ProviderUnavailable, ProviderTimeout)):
        Providers().get(Endpoint("openai", address, "key")).generate(QUESTION, timeout_s=1)


def test_a_line_over_tls_is_hung_up_while_headers_are_awaited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    line = Line(timeout_s=60)

    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        address = f"https://127.0.0.1:{server.getsockname()[1]}/v1"
        provider = Providers().get(Endpoint("openai", address, "key"))
        asked = pool.submit(provider.generate, QUESTION, timeout_s=60, line=line)
        with context.wrap_socket(server.accept()[0], server_side=True) as taken:
            assert taken.recv(4)  # the request came through TLS
            line.hang_up()
            assert isinstance(asked.exception(timeout=40), CallerLeft)


def test_a_connection_under_way_is_hung_up() -> None:
    line = Line(timeout_s=60)
    with socket.socket() as full, ExitStack() as waiting, ThreadPoolExecutor(1) as pool:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):  # the queue of the listener is full, so further connections get no answer
            early = waiting.enter_context(socket.socket())
            early.setblocking(False)
            early.connect_ex(full.getsockname())
        provider = Providers().get(Endpoint("openai", f"http://127.0.0.1:{full.getsockname()[1]}/v1", "key"))
        asked = pool.submit(provider.generate, QUESTION, timeout_s=60, line=line)
        while line._socket is None and not asked.done():
            Event().wait(0.005)
        line.hang_up()

        assert isinstance(asked.exception(timeout=40), CallerLeft)


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Files of a certificate for 127.0.0.1 and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret


def test_a_connection_that_the_vendor_closed_meanwhile_is_not_used(upstream: FakeUpstream) -> None:
    provider = Providers().get(Endpoint("openai", upstream.url("openai"), "key"))
    upstream.script = Script(text="first", unframed=True)
    list(provider.stream(QUESTION, timeout_s=5))
    upstream.script = Script(text="second")

    assert provider.generate(QUESTION, timeout_s=5).text == "second"
    assert len({seen.connection for seen in upstream.seen}) == 2
