"""Keys and addresses become endpoints with names and weights; what cannot be read is refused without showing a key."""

from dataclasses import replace

import pytest

from app.domain.errors import Invalid
from app.providers.base import Endpoint
from app.services.catalogue import load
from app.services.endpoints import UNUSED_KEY, endpoints, host_of

CATALOGUE = load(None)
OPENAI = "https://api.openai.com/v1"


def several(provider: str, **variables: str) -> list[tuple[str, str | None, str | None, int]]:
    """Name, key, address and weight of each endpoint of the provider."""
    found = endpoints(CATALOGUE, variables, simulated=True).get(provider, ())
    return [(one.name, one.api_key, one.base_url, one.weight) for one in found]


def test_without_variables_only_what_needs_no_key_can_be_used() -> None:
    found = endpoints(CATALOGUE, {}, simulated=True)

    assert set(found) == {code for code, entry in CATALOGUE.providers.items() if not entry.needs_key}
    assert all(len(one) == 1 and one[0].name == code for code, one in found.items())


def test_simulated_models_can_be_switched_off() -> None:
    assert "simulated" not in endpoints(CATALOGUE, {}, simulated=False)


def test_several_keys_are_numbered_behind_the_single_one_and_have_weights_and_addresses() -> None:
    found = several("openai", OPENAI_API_KEY="k1", OPENAI_API_KEYS="k2, k3*3,k4@https://eu.example/v1*2,")

    assert found == [
        ("openai", "k1", OPENAI, 1),
        ("openai-2", "k2", OPENAI, 1),
        ("openai-3", "k3", OPENAI, 3),
        ("openai-4", "k4", "https://eu.example/v1", 2),
    ]


def test_several_keys_share_the_address_of_their_provider() -> None:
    found = several("openai", OPENAI_BASE_URL="http://proxy/v1", OPENAI_API_KEYS="k1,k2@http://other/v1")

    assert [address for _, _, address, _ in found] == ["http://proxy/v1", "http://other/v1"]


@pytest.mark.parametrize("code", [code for code, entry in CATALOGUE.providers.items() if entry.key_env])
def test_every_provider_with_a_key_takes_several(code: str) -> None:
    found = several(code, **{f"{CATALOGUE.providers[code].key_env}S": "k1,k2"})

    assert [(name, key) for name, key, _, _ in found] == [(code, "k1"), (f"{code}-2", "k2")]


def test_addresses_without_keys_get_a_scheme_and_weights() -> None:
    assert several("ollama", OLLAMA_HOSTS="one:11434,https://two*2") == [
        ("ollama", None, "http://one:11434", 1),
        ("ollama-2", None, "https://two", 2),
    ]
    assert [one[2] for one in several("vllm", VLLM_BASE_URL="http://a/v1", VLLM_BASE_URLS="http://b/v1")] == [
        "http://a/v1",
        "http://b/v1",
    ]


def test_a_key_alone_opens_all_addresses_and_addresses_of_ones_own_need_none() -> None:
    assert [one[1] for one in several("vllm", VLLM_API_KEY="k", VLLM_BASE_URLS="http://a/v1,http://b/v1")] == ["k", "k"]
    assert [one[1] for one in several("openai", OPENAI_BASE_URLS="http://a/v1,http://b/v1")] == [UNUSED_KEY] * 2


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("OPENAI_API_KEYS", "secret-1,secret-2*0", "entry 2: a weight from 1 to 1000"),
        ("OPENAI_API_KEYS", "secret-1*1001", "entry 1: a weight"),
        ("OPENAI_API_KEYS", "secret-1@host/v1", "entry 1: key, key*weight or key@https://host*weight"),
        ("OPENAI_API_KEYS", "secret-1*x", "entry 1: key"),
        ("OPENAI_API_KEYS", "@https://host", "entry 1: key"),
        ("OPENAI_API_KEYS", "secret-1@https://", "entry 1: an address"),
        ("OPENAI_API_KEYS", "secret-1@https://host:x", "entry 1: an address"),
        ("OPENAI_API_KEYS", "secret-1,secret-2,secret-1", "endpoint 4 has the key and address"),
        ("OPENAI_API_KEYS", "secret-0", "endpoint 2 has the key and address"),
        ("OLLAMA_HOSTS", "one,two two", "entry 2: an address"),
        ("OLLAMA_HOSTS", "one,http://one", "endpoint 2 has the key and address"),
    ],
)
def test_what_cannot_be_read_names_its_variable_and_shows_no_key(variable: str, value: str, says: str) -> None:
    single = {"OPENAI_API_KEY": "secret-0"}

    with pytest.raises(Invalid) as caught:
        endpoints(CATALOGUE, {**single, variable: value}, simulated=True)

    assert caught.value.field == variable
    assert caught.value.message.startswith(says)
    assert "secret" not in str(caught.value)


def test_keys_with_several_addresses_beside_them_are_refused_since_nobody_knows_which_belongs_where() -> None:
    with pytest.raises(Invalid, match="each key names its own") as caught:
        endpoints(CATALOGUE, {"OPENAI_API_KEYS": "a,b", "OPENAI_BASE_URLS": "http://c,http://d"}, simulated=True)

    assert caught.value.field == "OPENAI_API_KEYS"


def test_a_key_is_not_shown_and_of_an_address_only_the_host() -> None:
    endpoint = Endpoint("openai", "https://user:password@host.example:8443/v1", "secret", name="openai")

    assert "secret" not in repr(endpoint)
    assert host_of(endpoint) == "host.example:8443"
    assert host_of(replace(endpoint, base_url=None)) is None
