"""What every provider must do, whichever vendor it speaks to; each vendor's test file runs all of it.

A subclass says how to reach its vendor. The words of a test are a Script; FakeVendorContract hands it to the fake
upstream, and the simulated provider turns it into options.
"""

import logging
import traceback
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from app.domain.errors import (
    ContextTooLong,
    ModelMatchError,
    ProviderBadAnswer,
    ProviderError,
    ProviderRateLimited,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
    Unsupported,
)
from app.domain.message import Delta, Message, ModelRequest, Tool, ToolCall
from app.providers.base import Provider
from tests.providers.fake_upstream import FakeUpstream
from tests.providers.fake_wires import LEAK, Script

KEY = "key-that-must-never-be-shown"
PROMPT = "prompt-that-must-never-be-shown"
WEATHER = Tool("weather", "Tells the weather", {"type": "object", "properties": {"city": {"const": "Zürich"}}})
CALL = ToolCall(id="call_a", name="weather", arguments='{"city":"Zürich"}')
ERRORS = {
    "bad_parameter": ProviderRefused,
    "bad_key": ProviderRefused,
    "forbidden": ProviderRefused,
    "unknown_model": ProviderRefused,
    "context": ContextTooLong,
    "rate_limited": ProviderRateLimited,
    "broken": ProviderUnavailable,
    "overloaded": ProviderUnavailable,
}


@dataclass(frozen=True)
class Subject:
    """A provider and the request that makes it do what a Script says."""

    provider: Provider
    request: ModelRequest


class ProviderContract(ABC):
    """Promises of app.providers.base that hold for every kind."""

    tool_choice: ClassVar[str] = "required"

    @abstractmethod
    def subject(self, upstream: FakeUpstream, script: Script) -> Subject:
        """A provider that will answer as the script says."""

    def request(self, **fields: object) -> ModelRequest:
        """A request with the prompt that must not leak."""
        turn = Message("user", PROMPT)
        return replace(ModelRequest(model="a-model", messages=(turn,), max_tokens=256), **fields)

    def test_a_whole_answer_has_text_reason_and_usage(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="Grüezi, wohin?", thought="must not be shown"))

        reply = it.provider.generate(it.request, timeout_s=5)

        assert (reply.text, reply.finish_reason, reply.tool_calls) == ("Grüezi, wohin?", "stop", ())
        assert reply.usage.total_tokens > 0
        assert not reply.usage.estimated

    def test_a_stream_joins_to_the_whole_answer(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="one two  three\nfour ☃", thought="must not be shown"))
        whole = it.provider.generate(it.request, timeout_s=5)

        deltas = list(it.provider.stream(it.request, timeout_s=5))

        assert "".join(delta.text for delta in deltas) == whole.text == "one two  three\nfour ☃"
        assert len([delta for delta in deltas if delta.text]) > 1
        assert (deltas[-1].finish_reason, deltas[-1].usage) == (whole.finish_reason, whole.usage)
        assert all(delta.finish_reason is None and delta.usage is None for delta in deltas[:-1])

    def test_a_tool_call_comes_whole_and_in_pieces(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(tool_calls=(CALL,)))
        request = replace(it.request, tools=(WEATHER,), tool_choice=self.tool_choice)

        reply = it.provider.generate(request, timeout_s=5)
        deltas = list(it.provider.stream(request, timeout_s=5))

        (call,) = reply.tool_calls
        assert (call.name, call.arguments.replace(" ", "")) == (CALL.name, CALL.arguments)
        assert call.id
        assert reply.finish_reason == deltas[-1].finish_reason == "tool_calls"
        assert _joined(deltas) == call

    def test_the_answer_to_a_tool_call_is_taken(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="It is sunny."))
        asked = Message("assistant", "", tool_calls=(CALL,))
        told = Message("tool", '{"sky":"blue"}', tool_call_id=CALL.id)
        request = replace(it.request, messages=(*it.request.messages, asked, told), tools=(WEATHER,))

        assert it.provider.generate(request, timeout_s=5).text == "It is sunny."

    @pytest.mark.parametrize(("error", "kind"), ERRORS.items())
    def test_a_refusal_has_its_class_and_none_of_the_vendors_words(
        self, upstream: FakeUpstream, error: str, kind: type[ProviderError]
    ) -> None:
        it = self.subject(upstream, Script(error=error))

        for verb in (it.provider.generate, lambda *a, **k: list(it.provider.stream(*a, **k))):
            with pytest.raises(ProviderError) as caught:
                verb(it.request, timeout_s=5)
            assert type(caught.value) is kind
            assert caught.value.permanent is issubclass(kind, ProviderRefused)
            assert caught.value.provider == it.provider.endpoint.provider
            assert_nothing_leaks(caught.value, it.provider)

    @pytest.mark.parametrize("unframed", [False, True])
    def test_a_cut_stream_is_a_bad_answer_and_never_a_finish(self, upstream: FakeUpstream, unframed: bool) -> None:
        it = self.subject(upstream, Script(text="a b c d e f g h", pieces=8, cut=0.6, unframed=unframed))
        deltas: list[Delta] = []

        with pytest.raises(ProviderBadAnswer) as caught:
            deltas.extend(it.provider.stream(it.request, timeout_s=5))

        assert deltas
        assert all(delta.finish_reason is None for delta in deltas)
        assert_nothing_leaks(caught.value, it.provider)

    def test_a_slow_answer_is_a_timeout(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="late", delay_s=0.5))

        with pytest.raises(ProviderTimeout):
            it.provider.generate(it.request, timeout_s=0.1)
        with pytest.raises(ProviderTimeout):
            list(it.provider.stream(it.request, timeout_s=0.1))

    def test_a_dripping_stream_is_cut_at_the_deadline(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text=" ".join("abcdefghijklmnopqrst"), pieces=20, gap_s=0.05))

        with pytest.raises(ProviderTimeout):
            list(it.provider.stream(it.request, timeout_s=0.4))

    def test_an_unknown_option_is_refused_before_anything_is_sent(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="never said"))
        request = replace(it.request, options={**it.request.options, "warp": 9})

        for verb in (it.provider.generate, it.provider.stream):
            with pytest.raises(Unsupported) as caught:
                verb(request, timeout_s=5)
            assert caught.value.field == "options.warp"
        assert upstream.seen == []

    def test_a_text_that_json_cannot_carry_is_refused(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="never said"))

        with pytest.raises(ModelMatchError):
            it.provider.generate(replace(it.request, messages=(Message("user", "\ud800"),)), timeout_s=5)
        assert upstream.seen == []

    def test_tokens_are_counted_without_asking_the_vendor(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script())
        longer = replace(it.request, messages=(Message("user", "many words " * 50),))

        assert 0 < it.provider.count_tokens(it.request) < it.provider.count_tokens(longer)
        assert upstream.seen == []

    def test_nothing_said_is_logged(self, upstream: FakeUpstream, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        it = self.subject(upstream, Script(text="reply-that-must-never-be-logged"))

        it.provider.generate(it.request, timeout_s=5)
        list(it.provider.stream(it.request, timeout_s=5))

        assert not [secret for secret in (PROMPT, KEY, "reply-that") if secret in caplog.text]

    def test_its_own_description_holds_no_key(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script())

        assert KEY not in repr(it.provider) + repr(it.provider.endpoint) + str(it.provider.endpoint)


def _joined(deltas: list[Delta]) -> ToolCall:
    pieces = [piece for delta in deltas for piece in delta.tool_calls]
    assert {piece.index for piece in pieces} == {0}
    ids = [piece.id for piece in pieces if piece.id]
    return ToolCall(ids[0], pieces[0].name or "", "".join(piece.arguments for piece in pieces))


def assert_nothing_leaks(error: ProviderError, provider: Provider) -> None:
    shown = "".join(traceback.format_exception(error)) + repr(error) + error.message + repr(provider)
    assert not [secret for secret in (LEAK, KEY, PROMPT) if secret in shown]
