"""What every provider behind a wire promises about its line: who hangs up is obeyed, and only tokens are progress."""

import socket
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ClassVar

import pytest

from app.domain.errors import CallerLeft, ProviderBadAnswer, ProviderTimeout
from app.providers.base import Endpoint
from app.providers.lines import Line
from app.providers.registry import Providers
from tests.providers.contract import KEY
from tests.providers.contract_broken import ASKED
from tests.providers.contract_wire import FakeVendorContract
from tests.providers.fake_upstream import WIRES, FakeUpstream
from tests.providers.fake_wires import Script
from tests.waiting import until

WORDS = "a b c d e f g h"


class LineContract(FakeVendorContract):
    """Promises of app.providers.lines, kept by the vendor's library and its connections."""

    pings: ClassVar[tuple[bytes, ...]] = (b": keep-alive\n\n", b"\n", b'event: ping\ndata: {"type": "ping"}\n\n')

    def test_whoever_hangs_up_before_the_headers_gets_no_answer(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="late", delay_s=3))

        for verb in ("generate", "stream"):
            line = Line(timeout_s=60)
            upstream.seen.clear()
            with ThreadPoolExecutor(1) as pool:
                asked = pool.submit(_ask, it.provider, verb, it.request, line)
                until(lambda: bool(upstream.seen))
                line.hang_up()
                assert isinstance(_failure(asked), CallerLeft)
            assert line.left

    def test_whoever_hangs_up_in_the_middle_ends_it_for_the_vendor_too(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text=WORDS, pieces=8, holds=True))
        line = Line(timeout_s=60)
        stream = it.provider.stream(it.request, timeout_s=60, line=line)
        next(stream)

        with ThreadPoolExecutor(1) as pool:
            rest = pool.submit(list, stream)
            line.hang_up()
            assert isinstance(_failure(rest), CallerLeft)
        assert upstream.seen[-1].hung_up.wait(30)

    def test_a_clean_end_made_by_hanging_up_is_no_success(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text=WORDS, pieces=8, holds=True, unframed=True))
        line = Line(timeout_s=60)
        stream = it.provider.stream(it.request, timeout_s=60, line=line)
        next(stream)

        line.hang_up()

        with pytest.raises(CallerLeft):
            list(stream)

    def test_a_line_that_was_hung_up_sends_nothing(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="never said"))
        line = Line(timeout_s=60)
        line.hang_up()

        for verb in ("generate", "stream"):
            with pytest.raises(CallerLeft):
                _ask(it.provider, verb, it.request, line)
        if self.embeds:
            with pytest.raises(CallerLeft):
                it.provider.embed("embedder", ["a"], timeout_s=5, line=line)
        assert upstream.seen == []

    def test_a_connection_that_serves_another_attempt_is_not_hung_up(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="first"))
        before = Line(timeout_s=60)
        it.provider.generate(it.request, timeout_s=60, line=before)
        upstream.script = Script(text=WORDS, pieces=8, gap_s=0.01)

        stream = it.provider.stream(it.request, timeout_s=60)
        begun = next(stream)
        before.hang_up()

        assert begun.text + "".join(delta.text for delta in stream) == WORDS
        assert len({seen.connection for seen in upstream.seen}) == 1

    def test_what_is_no_token_is_no_progress(self, upstream: FakeUpstream) -> None:
        for ping in self.pings:
            it = self.subject(upstream, Script(forever=ping, gap_s=0.02))
            line = Line(timeout_s=60, first_s=0.5)
            with pytest.raises(ProviderTimeout):
                _ask(it.provider, "stream", it.request, line)
            assert line.expired == "first-token"
            assert upstream.seen[-1].hung_up.wait(30)

    def test_silence_between_tokens_has_a_limit_of_its_own(self, upstream: FakeUpstream) -> None:
        for ping in self.pings:
            it = self.subject(upstream, Script(text=WORDS, pieces=8, holds=True, forever=ping, gap_s=0.02))
            line = Line(timeout_s=60, first_s=30, idle_s=0.2)
            stream = it.provider.stream(it.request, timeout_s=60, line=line)
            assert next(stream).text
            with pytest.raises(ProviderTimeout):
                list(stream)
            assert line.expired == "idle"

    def test_a_vendor_that_drips_bytes_is_cut_before_its_first_token(self, upstream: FakeUpstream) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        for raw in (head + b"fff\r\n" + b" " * 4000, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 4000):
            it = self.subject(upstream, Script(raw=raw, gap_s=0.02))
            line = Line(timeout_s=60, first_s=0.5)
            with pytest.raises(ProviderTimeout):
                _ask(it.provider, "stream", it.request, line)
            assert line.expired == "first-token"
            assert upstream.seen[-1].hung_up.wait(30)

    def test_steady_tokens_outlive_the_limits_between_them(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text=WORDS, pieces=8, gap_s=0.3))
        line = Line(timeout_s=60, first_s=2.0, idle_s=2.0)  # together the gaps are longer, each is far shorter

        deltas = list(it.provider.stream(it.request, timeout_s=60, line=line))

        assert "".join(delta.text for delta in deltas) == WORDS
        assert line.expired is None

    def test_a_vendor_that_never_stops_after_its_end_does_not_keep_the_caller(self, upstream: FakeUpstream) -> None:
        if self.kind == "gemini":
            return  # its end is the end of the body
        ended = b"".join(WIRES[self.kind].events(ASKED, Script(text=WORDS)))
        it = self.subject(upstream, Script(forever=ended + b"\n", gap_s=0.02))
        line = Line(timeout_s=60)

        deltas = list(it.provider.stream(it.request, timeout_s=60, line=line))

        assert "".join(delta.text for delta in deltas) == WORDS
        assert line.expired is None
        assert upstream.seen[-1].hung_up.wait(30)

    def test_an_answer_longer_than_the_cap_is_bad(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="word " * 100, pieces=100))
        provider = type("Capped", (type(it.provider),), {"max_reply_bytes": 100})(it.provider.endpoint)

        with pytest.raises(ProviderBadAnswer):
            provider.generate(it.request, timeout_s=5)
        with pytest.raises(ProviderBadAnswer):
            list(provider.stream(it.request, timeout_s=5))

    def test_whoever_hangs_up_while_tls_begins_is_obeyed(self, upstream: FakeUpstream) -> None:
        with socket.create_server(("127.0.0.1", 0)) as mute, ThreadPoolExecutor(1) as pool:
            address = f"https://127.0.0.1:{mute.getsockname()[1]}"
            provider = Providers().get(Endpoint(self.kind, address, KEY))
            line = Line(timeout_s=60)
            asked = pool.submit(_ask, provider, "generate", self.request(), line)
            taken, _ = mute.accept()
            with taken:
                assert taken.recv(1)  # the handshake has begun
                line.hang_up()
                assert isinstance(_failure(asked), CallerLeft)


def _ask(provider: object, verb: str, request: object, line: Line) -> object:
    answer = getattr(provider, verb)(request, timeout_s=60, line=line)
    return answer if verb == "generate" else list(answer)


def _failure(asked: "Future[object]") -> BaseException | None:
    return asked.exception(timeout=40)
