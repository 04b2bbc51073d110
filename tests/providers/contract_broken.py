"""What every provider makes of a vendor that breaks HTTP, its own protocol, or all bounds: one error, or the answer."""

import gzip
import json
from collections.abc import Callable, Iterator

import pytest

from app.domain.errors import ProviderBadAnswer, ProviderError, ProviderUnavailable
from app.domain.message import Delta
from tests.providers.contract import Subject, assert_nothing_leaks
from tests.providers.contract_wire import FakeVendorContract
from tests.providers.fake_upstream import WIRES, FakeUpstream
from tests.providers.fake_wires import LEAK, Script

ASKED = {"model": "m", "messages": [{"content": "?"}], "stream_options": {"include_usage": True}}
MIB = 1024 * 1024


def http(status: str, body: bytes = b"", **headers: object) -> bytes:
    """An answer as it stands on the wire, with a length unless one is given."""
    fields = {"Content-Type": "application/json", "Content-Length": len(body), "Connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def chunked(body: bytes, *, end: bytes = b"0\r\n\r\n", **headers: object) -> bytes:
    """The answer in one chunk."""
    framing: dict[str, object] = {"Content-Length": None, "Transfer-Encoding": "chunked"}
    return http("200 OK", b"%x\r\n%b\r\n" % (len(body), body) + end, **framing, **headers)


# Neither a whole nor a streamed answer; of what is HTTP at all, nothing is a success.
BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "greeting of another protocol": b"220 mail.example ESMTP\r\n",
    "binary": bytes(range(256)) * 4,
    "status line without a status": b"HTTP/1.1\r\n\r\n",
    "status that is no number": b"HTTP/1.1 fine OK\r\n\r\n",
    "status out of range": b"HTTP/1.1 99999 OK\r\n\r\n",
    "cut in the headers": b"HTTP/1.1 200 OK\r\nContent-Ty",
    "a header without an end": b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000,
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 500 + b"\r\n",
    "status 101": http("101 Switching Protocols"),
    "status 103": http("103 Early Hints"),
    "status 204": http("204 No Content", Content_Length=None),
    "status 205": http("205 Reset Content"),
    "status 300": http("300 Multiple Choices"),
    "status 302": http("302 Found", b"moved", Location="http://127.0.0.1:9/elsewhere"),
    "status 302 to nowhere": http("302 Found", b"moved", Location="ht!tp://["),
    "status 304": http("304 Not Modified", Content_Length=None),
    "status 200 with nothing": http("200 OK"),
    "status 200 with nothing, in chunks": http(
        "200 OK", b"0\r\n\r\n", Content_Length=None, Transfer_Encoding="chunked"
    ),
    "status 200 with a page": http("200 OK", b"<html><body>Bad gateway</body></html>", Content_Type="text/html"),
    "status 200 with an error": http("200 OK", json.dumps({"error": {"message": LEAK, "code": "odd"}}).encode()),
    "status 200 with a text": http("200 OK", b'"overloaded"'),
    "no gzip": http("200 OK", b'{"half": ', Content_Encoding="gzip"),
    "no gzip, in chunks": chunked(b"data: {}\n\n", Content_Encoding="gzip"),
    "no deflate": http("200 OK", b"\xff\xfe\xfd", Content_Encoding="deflate"),
    "half a gzip": http("200 OK", gzip.compress(b"data: {}\n\n" * 1000)[:-40], Content_Encoding="gzip"),
    "six encodings": http("200 OK", b"{}", Content_Encoding="gzip, gzip, gzip, gzip, gzip, gzip"),
    "an unknown encoding": http("200 OK", b"{}", Content_Encoding="rot13"),
    "a chunk without a size": http("200 OK", b"zz\r\n{}\r\n", Content_Length=None, Transfer_Encoding="chunked"),
    "a chunk that is cut": http("200 OK", b"ffff\r\n{}\r\n", Content_Length=None, Transfer_Encoding="chunked"),
    "a chunk of less than nothing": http("200 OK", b"-2\r\n{}", Content_Length=None, Transfer_Encoding="chunked"),
    "a length that is none": http("200 OK", b"{}", Content_Length="two"),
}
ENDLESS: dict[str, Callable[[], bytes]] = {
    "a body of 64 MB": lambda: http("200 OK", b'{"a": "' + b"x" * 64 * MIB + b'"}'),
    "an event of 64 MB": lambda: chunked(b'data: {"a": "' + b"x" * 64 * MIB + b'"}\n\n'),
    "a bomb": lambda: http("200 OK", gzip.compress(b"x" * 64 * MIB), Content_Encoding="gzip"),
    "a bomb of events": lambda: chunked(gzip.compress(b"data: x\n" * 8 * MIB), Content_Encoding="gzip"),
    "data lines without an end": lambda: http("200 OK", b"data: {\n" * (4 * MIB)),
}


class BrokenVendorContract(FakeVendorContract):
    """Promises about answers that are none: each ends in exactly one ProviderError, and never in half a success."""

    @pytest.mark.parametrize("broken", BROKEN)
    def test_what_is_no_answer_is_one_error(self, upstream: FakeUpstream, broken: str) -> None:
        it = self.subject(upstream, Script(raw=BROKEN[broken]))

        for verb in verbs(it):
            with pytest.raises(ProviderError) as caught:
                verb()
            assert not caught.value.permanent
            assert_nothing_leaks(caught.value, it.provider)

    @pytest.mark.parametrize("endless", ENDLESS)
    def test_what_has_no_bounds_is_a_bad_answer(self, upstream: FakeUpstream, endless: str) -> None:
        it = self.subject(upstream, Script(raw=ENDLESS[endless]()))

        for verb in verbs(it):
            with pytest.raises(ProviderBadAnswer):
                verb()

    @pytest.mark.parametrize("status", ["302 Found", "400 Bad Request", "500 Internal Server Error"])
    def test_of_a_refusal_only_the_beginning_is_read(self, upstream: FakeUpstream, status: str) -> None:
        plain = http(status, b"x" * 64 * MIB, Location="/elsewhere")
        bomb = http(status, gzip.compress(b"x" * 64 * MIB), Content_Encoding="gzip", Location="/elsewhere")

        for raw in (plain, bomb):
            it = self.subject(upstream, Script(raw=raw))
            for verb in verbs(it):
                with pytest.raises(ProviderError) as caught:
                    verb()
                assert caught.value.status == int(status[:3])

    def test_an_answer_before_the_answer_does_not_become_the_next_ones(self, upstream: FakeUpstream) -> None:
        it = self.subject(upstream, Script(text="its own"))
        late = http("200 OK", json.dumps(WIRES[self.kind].whole(ASKED, Script(text="another's"))).encode())
        upstream.scripts.append(Script(raw=http("103 Early Hints", Content_Length=None) + late))

        with pytest.raises(ProviderError):
            it.provider.generate(it.request, timeout_s=5)

        assert it.provider.generate(it.request, timeout_s=5).text == "its own"

    def test_continue_is_no_answer_yet(self, upstream: FakeUpstream) -> None:
        body = json.dumps(WIRES[self.kind].whole(ASKED, Script(text="at last"))).encode()
        it = self.subject(upstream, Script(raw=b"HTTP/1.1 100 Continue\r\n\r\n" + http("200 OK", body)))

        assert it.provider.generate(it.request, timeout_s=5).text == "at last"

    def test_a_length_that_lies_is_a_bad_answer(self, upstream: FakeUpstream) -> None:
        whole = json.dumps(WIRES[self.kind].whole(ASKED, Script(text="a b c"))).encode()
        streamed = b"".join(self.events(Script(text="a b c")))

        for lie in (-30, +30):
            it = self.subject(upstream, Script(raw=http("200 OK", whole, Content_Length=len(whole) + lie)))
            with pytest.raises(ProviderBadAnswer):
                it.provider.generate(it.request, timeout_s=5)
            it = self.subject(upstream, Script(raw=http("200 OK", streamed, Content_Length=len(streamed) + lie)))
            assert outcome(it) in ("a b c", ProviderBadAnswer)  # whole, where the end mark was not hit

    def test_a_compressed_answer_is_read(self, upstream: FakeUpstream) -> None:
        whole = json.dumps(WIRES[self.kind].whole(ASKED, Script(text="a b c"))).encode()
        streamed = b"".join(self.events(Script(text="a b c")))

        it = self.subject(upstream, Script(raw=http("200 OK", gzip.compress(whole), Content_Encoding="gzip")))
        assert it.provider.generate(it.request, timeout_s=5).text == "a b c"
        it = self.subject(upstream, Script(raw=chunked(gzip.compress(streamed), Content_Encoding="gzip")))
        assert said(it.provider.stream(it.request, timeout_s=5)) == "a b c"

    @pytest.mark.parametrize("written", ["crlf", "without a space", "in several lines"])
    def test_events_may_be_written_otherwise(self, upstream: FakeUpstream, written: str) -> None:
        body = b"".join(self.events(Script(text="a b c")))
        spelled = {
            "crlf": body.replace(b"\n", b"\r\n"),
            "without a space": body.replace(b"data: ", b"data:"),
            "in several lines": body.replace(b', "', b',\ndata: "') if b"data:" in body else body,
        }
        it = self.subject(upstream, Script(raw=chunked(spelled[written])))

        assert said(it.provider.stream(it.request, timeout_s=5)) == "a b c"

    @pytest.mark.parametrize("piece", [b'{"half": \n\n', b"data: {\n\n", b"data: [1]\n\n[1]\n", b"\xff\n\n"])
    def test_an_event_that_is_none_is_never_passed_over_into_a_success(
        self, upstream: FakeUpstream, piece: bytes
    ) -> None:
        events = list(self.events(Script(text="a b c")))

        for position in range(len(events)):
            it = self.subject(upstream, Script(raw=chunked(b"".join([*events[:position], piece, *events[position:]]))))
            assert outcome(it) in ("a b c", ProviderBadAnswer)  # whole, where it is no data by the rules of events

    @pytest.mark.slow
    def test_cut_at_any_byte_a_stream_is_bad_or_whole(self, upstream: FakeUpstream) -> None:
        framings = (
            (chunked(body := b"".join(self.events(Script(text="a b c")))), 1),
            (http("200 OK", body, Content_Length=None), 3),
        )
        for raw, step in framings:
            for end in range(0, len(raw), step):
                it = self.subject(upstream, Script(raw=raw[:end]))
                allowed = (
                    ("a b c", ProviderBadAnswer) if end > len(raw) * 0.6 else (ProviderBadAnswer, ProviderUnavailable)
                )
                assert outcome(it) in allowed

    @pytest.mark.slow
    def test_cut_at_any_byte_a_whole_answer_is_bad_or_whole(self, upstream: FakeUpstream) -> None:
        body = json.dumps(WIRES[self.kind].whole(ASKED, Script(text="a b c"))).encode()
        for end in range(len(body)):
            it = self.subject(upstream, Script(raw=http("200 OK", body[:end], Content_Length=None)))
            with pytest.raises(ProviderBadAnswer):
                it.provider.generate(it.request, timeout_s=5)

    def events(self, script: Script) -> Iterator[bytes]:
        """What the vendor streams."""
        return WIRES[self.kind].events(ASKED, script)


def verbs(it: Subject) -> tuple[Callable[[], object], Callable[[], object]]:
    """Asking whole and asking streamed."""
    return (
        lambda: it.provider.generate(it.request, timeout_s=20),
        lambda: list(it.provider.stream(it.request, timeout_s=20)),
    )


def outcome(it: Subject) -> str | type[ProviderError]:
    """The text of a stream that ended, or the class of its error."""
    try:
        return said(it.provider.stream(it.request, timeout_s=5))
    except ProviderError as error:
        return type(error)


def said(deltas: Iterator[Delta]) -> str:
    """The text of a stream that ended."""
    pieces = list(deltas)
    assert pieces[-1].finish_reason is not None
    return "".join(piece.text for piece in pieces)
