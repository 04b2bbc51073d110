"""What every provider behind a wire must do: the contract, and what only a vendor on the other side can break."""

import json
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import ClassVar

import pytest

from app.domain.errors import (
    ProviderBadAnswer,
    ProviderError,
    ProviderRateLimited,
    ProviderTimeout,
    ProviderUnavailable,
    Unsupported,
)
from app.domain.message import Usage
from app.providers.base import Endpoint
from app.providers.registry import Providers
from tests.providers.contract import CALL, KEY, ProviderContract, Subject
from tests.providers.fake_upstream import WIRES, FakeUpstream
from tests.providers.fake_wires import Script


class FakeVendorContract(ProviderContract):
    """Promises that only a vendor behind a wire can break."""

    kind: ClassVar[str]
    usage: ClassVar[Usage] = Usage(input_tokens=11, cache_read_tokens=5, output_tokens=7, reasoning_tokens=3)
    embeds: ClassVar[bool] = True
    request_id: ClassVar[str] = "req-7"
    kept = Providers()

    def subject(self, upstream: FakeUpstream, script: Script) -> Subject:
        upstream.script = script
        return Subject(self.kept.get(Endpoint(self.kind, upstream.url(self.kind), KEY)), self.request())

    def test_usage_stands_on_disjoint_lines(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="counted"))

        reply = it.provider.generate(it.request, timeout_s=5)
        *_, last = it.provider.stream(it.request, timeout_s=5)

        assert reply.usage == last.usage == self.usage

    def test_usage_that_the_vendor_left_out_is_an_estimate_marked_as_such(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="five words and no more", usage=None))

        reply = it.provider.generate(it.request, timeout_s=5)
        *_, last = it.provider.stream(it.request, timeout_s=5)

        assert reply.usage == last.usage
        assert reply.usage.estimated
        assert min(reply.usage.input_tokens, reply.usage.output_tokens) > 0

    def test_an_answer_at_the_limit_says_so(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="and then", finish="length"))

        assert it.provider.generate(it.request, timeout_s=5).finish_reason == "length"

    def test_each_call_is_one_request(self, upstream: FakeUpstream) -> None:
        for error in (None, "overloaded", "rate_limited", "bad_key"):
            it = self.subject(upstream, Script(text="once", error=error))
            upstream.seen.clear()
            with pytest.raises(ProviderError) if error else closing(upstream.socket.dup()):
                it.provider.generate(it.request, timeout_s=5)
            assert len(upstream.seen) == 1

    def test_closing_the_stream_closes_the_connection(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="a b c d e f g h", pieces=8, holds=True))
        stream = it.provider.stream(it.request, timeout_s=10)
        next(stream)

        stream.close()  # type: ignore[attr-defined]  # the promise is a closable iterator

        assert upstream.seen[-1].hung_up.wait(30)

    def test_a_stream_without_frames_is_not_held_back(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="a b c d e f g h", pieces=8, holds=True, unframed=True))

        stream = it.provider.stream(it.request, timeout_s=2)  # the vendor holds it for longer than that

        assert next(stream).text
        stream.close()  # type: ignore[attr-defined]  # the promise is a closable iterator

    def test_a_finished_stream_gives_its_connection_back(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="again"))

        for _ in range(3):
            list(it.provider.stream(it.request, timeout_s=5))
            it.provider.generate(it.request, timeout_s=5)

        assert len({seen.connection for seen in upstream.seen}) == 1

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b'{"half":', b"[]", b"null", b"{}", b'{"error": {"type": "odd"}}']
    )
    def test_a_success_that_is_none_is_a_bad_answer(self, upstream: FakeUpstream, body: bytes) -> None:
        it = self.subject(upstream, Script(body=body))

        with pytest.raises(ProviderBadAnswer):
            it.provider.generate(it.request, timeout_s=5)
        with pytest.raises(ProviderBadAnswer):
            list(it.provider.stream(it.request, timeout_s=5))

    def test_a_cut_whole_answer_is_a_bad_answer(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="never whole", cut=0.5))

        with pytest.raises(ProviderBadAnswer):
            it.provider.generate(it.request, timeout_s=5)

    def test_a_whole_answer_that_drips_blank_lines_is_cut_at_the_deadline(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="at last", pieces=20, gap_s=0.02))
        assert it.provider.generate(it.request, timeout_s=5).text == "at last"

        with pytest.raises(ProviderTimeout):
            it.provider.generate(it.request, timeout_s=0.15)

    def test_a_stream_is_bad_wherever_it_is_cut_before_its_end_mark(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="a b c"))
        for twentieth in range(20):
            upstream.script = Script(text="a b c", cut=twentieth / 20)
            with pytest.raises(ProviderBadAnswer):
                list(it.provider.stream(it.request, timeout_s=5))

    def test_the_wait_that_the_vendor_asks_for_is_known(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(error="rate_limited", headers={"Retry-After": "7"}))

        with pytest.raises(ProviderRateLimited) as caught:
            it.provider.generate(it.request, timeout_s=5)

        assert (caught.value.retry_after_s, caught.value.status) == (7.0, 429)

    def test_the_reset_of_a_used_up_limit_is_a_wait(self, upstream: FakeUpstream) -> None:
        limits = {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1m2.5s"}
        it = self.subject(upstream, Script(error="rate_limited", headers=limits))

        for verb in (it.provider.generate, lambda *a, **k: list(it.provider.stream(*a, **k))):
            with pytest.raises(ProviderRateLimited) as caught:
                verb(it.request, timeout_s=5)
            assert caught.value.retry_after_s == 62.5

    def test_the_request_is_known_by_the_vendors_id(self, upstream: FakeUpstream) -> None:
        headers = {"x-request-id": "req-7", "request-id": "req-7"}
        it = self.subject(upstream, Script(text="one two", headers=headers))

        whole = it.provider.generate(it.request, timeout_s=5)
        *deltas, last = it.provider.stream(it.request, timeout_s=5)

        assert whole.request_id == last.request_id == self.request_id
        assert all(delta.request_id is None for delta in deltas)

    def test_a_vendor_that_is_not_there_is_unavailable(self, upstream: FakeUpstream) -> None:
        provider = self.kept.get(Endpoint(self.kind, "http://127.0.0.1:9", KEY))

        with pytest.raises(ProviderUnavailable):
            provider.generate(self.request(), timeout_s=5)

    def test_embeddings_come_in_order(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script())
        if not self.embeds:
            with pytest.raises(Unsupported):
                it.provider.embed("embedder", ["a"], timeout_s=5)
            return

        found = it.provider.embed("embedder", ["a", "bbb"], timeout_s=5)

        assert found.vectors == ((1.0, 0.0), (3.0, 1.0))
        assert found.usage.input_tokens > 0

    def test_no_shape_of_an_answer_breaks_more_than_the_answer(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script())
        asked = {"model": "m", "messages": [{"content": "?"}]}
        answer = WIRES[self.kind].whole(asked, Script(text="said", tool_calls=(CALL,), thought="t"))

        for body in mutants(answer):
            upstream.script = Script(body=json.dumps(body).encode())
            with suppress(ProviderError):
                assert isinstance(it.provider.generate(it.request, timeout_s=5).text, str)

    def test_no_shape_of_an_event_breaks_more_than_the_answer(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script())
        asked = {"model": "m", "messages": [{"content": "?"}], "stream_options": {"include_usage": True}}
        events = list(WIRES[self.kind].events(asked, Script(text="said", tool_calls=(CALL,), thought="t", pieces=1)))

        for position, event in enumerate(events):
            head, brace, tail = event.partition(b"{")
            for mutant in mutants(json.loads(brace + tail)) if brace else ():
                bent = head + json.dumps(mutant).encode() + b"\n\n"
                upstream.script = Script(body=b"".join([*events[:position], bent, *events[position + 1 :]]))
                with suppress(ProviderError):
                    assert list(it.provider.stream(it.request, timeout_s=5))[-1].usage is not None


def mutants(value: object) -> Iterator[object]:
    """The value with, one at a time, each of its parts replaced by something of another kind."""
    yield from (None, 7, -1.5, True, "odd", [], {}, [None], ["odd"], {"odd": 1})
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from (value | {key: mutant} for mutant in mutants(inner))
    if isinstance(value, list):
        for position, inner in enumerate(value):
            yield from ([*value[:position], mutant, *value[position + 1 :]] for mutant in mutants(inner))
