"""The transport keeps its connections, honours the environment's proxy and trusts what the library trusts."""

import pytest

from app.domain.errors import ProviderTimeout, ProviderUnavailable
from app.domain.message import Message, ModelRequest
from app.providers.base import Endpoint
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


def test_a_connection_that_the_vendor_closed_meanwhile_is_not_used(upstream: FakeUpstream) -> None:
    provider = Providers().get(Endpoint("openai", upstream.url("openai"), "key"))
    upstream.script = Script(text="first", unframed=True)
    list(provider.stream(QUESTION, timeout_s=5))
    upstream.script = Script(text="second")

    assert provider.generate(QUESTION, timeout_s=5).text == "second"
    assert len({seen.connection for seen in upstream.seen}) == 2
