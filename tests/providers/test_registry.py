"""Providers are found by kind, built once per endpoint, and cost nothing before they are needed."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.errors import ProviderUnconfigured
from app.domain.message import Message, ModelRequest
from app.providers.base import Endpoint, Provider
from app.providers.registry import KINDS, Providers, provider_class
from tests.providers.fake_upstream import FakeUpstream
from tests.providers.fake_wires import Script

LIBRARIES = ("openai", "anthropic", "google.generativeai", "httpx2", "requests")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_the_table_is_a_provider_of_that_kind(kind: str) -> None:
    found = provider_class(kind)

    assert issubclass(found, Provider)
    assert found.kind == kind


def test_one_endpoint_is_one_provider_also_for_many_threads() -> None:
    providers = Providers()
    endpoints = [Endpoint("groq", "http://127.0.0.1:9/v1", f"key-{n % 3}", kind="openai") for n in range(30)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(providers.get, endpoints))

    assert len({id(provider) for provider in found}) == 3
    assert found[0] is found[3]


def test_a_failed_build_is_tried_again() -> None:
    providers = Providers()

    for _ in range(2):
        with pytest.raises(ProviderUnconfigured):
            providers.get(Endpoint("openai"))


def test_only_the_most_recently_used_are_kept() -> None:
    providers = Providers(kept=2)
    first, second, third = (Endpoint(f"simulated-{n}", kind="simulated") for n in range(3))
    built, dropped = providers.get(first), providers.get(second)
    providers.get(first)
    providers.get(third)

    assert providers.get(first) is built
    assert providers.get(second) is not dropped


def test_a_dropped_provider_finishes_its_answer(upstream: FakeUpstream) -> None:
    upstream.script = Script(text="to the very end", gap_s=0.01)
    providers = Providers(kept=1)
    request = ModelRequest(model="m", messages=(Message("user", "?"),))
    stream = providers.get(Endpoint("openai", upstream.url("openai"), "key")).stream(request, timeout_s=5)
    said = [next(stream).text]

    providers.get(Endpoint("simulated"))
    said += [delta.text for delta in stream]

    assert "".join(said) == "to the very end"


@pytest.mark.parametrize("name", ["openai", "anthropic", "gemini", "carrier-pigeon"])
def test_a_vendor_without_key_or_kind_is_unconfigured(name: str) -> None:
    with pytest.raises(ProviderUnconfigured) as caught:
        Providers().get(Endpoint(name))

    assert caught.value.provider == name


@pytest.mark.parametrize("kind", ["openai", "anthropic", "gemini", "ollama"])
@pytest.mark.parametrize("address", ["", "localhost:9", "ftp://x", "http://", "http://[", "http://x:99999"])
def test_an_address_that_is_none_is_unconfigured(kind: str, address: str) -> None:
    with pytest.raises(ProviderUnconfigured):
        Providers().get(Endpoint(kind, address, "key"))


def test_a_key_in_the_environment_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.setenv(variable, "key-of-somebody-else")

    for name in ("openai", "anthropic", "gemini"):
        with pytest.raises(ProviderUnconfigured):
            Providers().get(Endpoint(name))


def test_no_library_is_loaded_before_its_provider_is_used() -> None:
    code = f"import sys, app.providers.registry; print([name for name in {LIBRARIES} if name in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert loaded.strip() == "[]"
