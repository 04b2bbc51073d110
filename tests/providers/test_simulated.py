"""The simulated provider keeps the contract, and draws the same lot for the same request."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import CallerLeft, ContentRefused, ProviderBadAnswer, ProviderTimeout, Unsupported
from app.domain.message import Message, ModelRequest, ResponseFormat, Usage
from app.providers.base import Endpoint
from app.providers.lines import Line
from app.providers.simulated import FAULTS, SimulatedProvider
from app.providers.simulated_json import example
from tests.providers.contract import ProviderContract, Subject
from tests.providers.fake_upstream import FakeUpstream
from tests.providers.fake_wires import Script

PROVIDER = SimulatedProvider(Endpoint("simulated"))
FAULT_OF_ERROR = {
    "bad_parameter": "refused",
    "bad_key": "refused",
    "forbidden": "refused",
    "unknown_model": "refused",
    "context": "context_too_long",
    "rate_limited": "rate_limited",
    "broken": "unavailable",
    "overloaded": "unavailable",
}


def ask(text: str = "how much?", **fields: object) -> ModelRequest:
    """A request to the simulated model."""
    return replace(ModelRequest(model="small", messages=(Message("user", text),)), **fields)


def say(request: ModelRequest) -> str:
    """What it answers."""
    return PROVIDER.generate(request, timeout_s=5).text


class TestSimulated(ProviderContract):
    """The part of the contract that needs no wire."""

    fault_of: ClassVar[dict[str, str]] = FAULT_OF_ERROR

    def subject(self, upstream: FakeUpstream, script: Script) -> Subject:
        options: dict[str, object] = {"latency_ms": script.delay_s * 1000, "chunk_ms": script.gap_s * 1000}
        if script.text is not None:
            options["label"] = script.text
        if script.error is not None:
            options["faults"] = {self.fault_of[script.error]: 1.0}
        if script.cut is not None:
            options["faults"] = {"cut_stream": 1.0}
        return Subject(PROVIDER, self.request(options=options))


def test_the_same_request_gets_the_same_answer_and_another_seed_another() -> None:
    answers = {say(ask(seed=seed)) for seed in range(20)}

    assert say(ask()) == say(ask())
    assert len(answers) > 15


@pytest.mark.parametrize("quality", [0.0, 0.3, 0.8, 1.0])
def test_quality_is_the_share_of_right_answers(quality: float) -> None:
    options = {"quality": quality, "answers": {r"\bfour\b": "4", "five": "5", "six": "6"}}

    answers = [say(ask(f"what is four, try {n}", options=options)) for n in range(600)]

    assert answers.count("4") / 600 == pytest.approx(quality, abs=0.06)
    assert set(answers) <= {"4", "5", "6"}


def test_faults_come_at_their_rate() -> None:
    failed = 0
    for seed in range(400):
        try:
            say(ask(seed=seed, options={"faults": {"content_refused": 0.25}}))
        except ContentRefused:
            failed += 1

    assert failed / 400 == pytest.approx(0.25, abs=0.07)


@pytest.mark.parametrize(("fault", "kind"), [(fault, kind) for fault, (kind, _) in FAULTS.items()])
def test_each_fault_is_raised_as_its_class(fault: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        say(ask(options={"faults": {fault: 1}}))


def test_a_cut_whole_answer_is_bad() -> None:
    with pytest.raises(ProviderBadAnswer):
        say(ask(options={"faults": {"cut_stream": 1}}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("faults", {"meteor": 1}),
        ("faults", {"timeout": "often"}),
        ("faults", ["timeout"]),
        ("answers", {"(": "1"}),
        ("answers", "4"),
        ("label", 4),
        ("quality", "good"),
        ("latency_ms", -1),
        ("tokens", 10**9),
    ],
)
def test_a_value_that_means_nothing_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(Unsupported) as caught:
        say(ask(options={name: value}))

    assert caught.value.field == f"options.{name}"


def test_latency_beyond_the_limit_is_a_timeout() -> None:
    with pytest.raises(ProviderTimeout):
        PROVIDER.generate(ask(options={"latency_ms": 60_000}), timeout_s=0.01)


@pytest.mark.parametrize("options", [{"latency_ms": 900_000}, {"faults": {"hang": 1}}, {"chunk_ms": 900_000}])
def test_it_can_be_hung_up_whatever_it_waits_for(options: dict[str, object]) -> None:
    line = Line(timeout_s=900)

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(lambda: list(PROVIDER.stream(ask(options=options), timeout_s=900, line=line)))
        line.hang_up()

        assert isinstance(asked.exception(timeout=20), CallerLeft)


@pytest.mark.parametrize(
    ("options", "limits", "expired"),
    [
        ({"latency_ms": 900_000}, {"first_s": 0.01}, "first-token"),
        ({"faults": {"hang": 1}}, {"first_s": 0.01}, "first-token"),
        ({"chunk_ms": 900_000}, {"first_s": 60, "idle_s": 0.01}, "idle"),
        ({"chunk_ms": 900_000}, {"timeout_s": 0.01}, "total"),
    ],
)
def test_its_line_has_limits(options: dict[str, object], limits: dict[str, float], expired: str) -> None:
    line = Line(**{"timeout_s": 900, **limits})

    with pytest.raises(ProviderTimeout):
        list(PROVIDER.stream(ask(options=options), timeout_s=900, line=line))
    assert line.expired == expired


def test_limits_stops_and_usage_are_honoured() -> None:
    reply = PROVIDER.generate(
        ask("one two three", max_tokens=5, options={"tokens": 50, "cached_tokens": 3, "reasoning_tokens": 2}),
        timeout_s=5,
    )

    assert (len(reply.text.split()), reply.finish_reason) == (5, "length")
    assert reply.usage == Usage(input_tokens=1, cache_read_tokens=3, output_tokens=5, reasoning_tokens=2)
    assert say(ask(stop=("LATER",), options={"label": "now LATER never"})) == "now "


def test_a_schema_gets_an_answer_that_fits_it() -> None:
    schema = {
        "type": "object",
        "required": ["unit", "rows"],
        "properties": {
            "unit": {"enum": ["kg", "g"]},
            "rows": {"type": "array", "minItems": 2, "items": {"type": "integer", "minimum": 3}},
        },
    }

    assert say(ask(response_format=ResponseFormat("json_schema", schema=schema))) == '{"unit":"kg","rows":[3,3]}'


def test_texts_that_share_words_lie_close_together() -> None:
    near, same, far = PROVIDER.embed("e", ["red apple pie", "red apple tart", "quantum field"], timeout_s=5).vectors

    assert sum(a * b for a, b in zip(near, same, strict=True)) > sum(a * b for a, b in zip(near, far, strict=True))
    assert sum(a * a for a in near) == pytest.approx(1.0)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
words = st.sampled_from(["type", "enum", "const", "anyOf", "properties", "required", "items", "minItems", "minimum"])


@given(st.dictionaries(words, json_values) | json_values)
def test_no_schema_breaks_the_example(schema: object) -> None:
    example(schema)
