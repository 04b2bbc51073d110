"""Bytes become lines, events and JSON objects, however they were cut on the way."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid, ProviderBadAnswer
from app.providers import wire


@given(st.lists(st.text(alphabet="ab ☃").map(str.encode)), st.lists(st.integers(0, 40)))
def test_lines_do_not_depend_on_how_the_bytes_were_cut(lines: list[bytes], cuts: list[int]) -> None:
    body = b"\n".join(lines)
    edges = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    chunks = [body[start:end] for start, end in pairwise(edges)]

    assert b"\n".join(wire.lines(chunks, provider="p")) == body.removesuffix(b"\n")


def test_events_are_the_data_lines_with_any_line_end() -> None:
    stream = b': comment\r\nevent: x\r\ndata: {"a":1}\r\n\r\ndata:[DONE]\n\nid: 7\n'

    assert list(wire.events([stream], provider="p")) == [b'{"a":1}', b"[DONE]"]


def test_what_has_no_end_is_a_bad_answer() -> None:
    for read in (wire.lines, wire.events, wire.body):
        with pytest.raises(ProviderBadAnswer):
            list(read([b"x" * 8, b"x" * 8], provider="p", most=10))
    with pytest.raises(ProviderBadAnswer):
        list(wire.events([b"data: {\n"] * 8, provider="p", most=10))


def test_the_data_lines_of_one_event_are_joined() -> None:
    stream = [b'data: {"a":\r\n', b"data: 1}\r\n\r\n", b'data: {"b": 2}\n\n']

    assert list(wire.events(stream, provider="p")) == [b'{"a":\n1}', b'{"b": 2}']


def test_events_without_a_blank_line_between_them_stay_apart() -> None:
    stream = [b'data: {"a":1}\ndata: {"b":2}\n', b"data: [DONE]\n"]

    assert list(wire.events(stream, provider="p")) == [b'{"a":1}', b'{"b":2}', b"[DONE]"]


@pytest.mark.parametrize("raw", [b"", b"[1]", b"7", b"{", b"\xff", b'{"a":NaN}'])
def test_what_is_no_object_is_a_bad_answer(raw: bytes) -> None:
    with pytest.raises(ProviderBadAnswer):
        wire.decode(raw, provider="p")


def test_what_json_cannot_carry_is_invalid() -> None:
    for odd in ("\ud800", {1, 2}, 2**70):
        with pytest.raises(Invalid):
            wire.encode({"odd": odd})


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("data:image/png;base64,QUJD", wire.DataUrl("image/png", "QUJD")),
        ("data:image/png;charset=x;base64,QUJD", wire.DataUrl("image/png", "QUJD")),
        ("data:;base64,QUJD", wire.DataUrl("application/octet-stream", "QUJD")),
        ("data:text/plain,abc", None),
        ("https://x/y.png", None),
        ("data:", None),
    ],
)
def test_a_data_url_falls_into_its_parts(url: str, found: wire.DataUrl | None) -> None:
    assert wire.data_url(url) == found


@pytest.mark.parametrize(
    ("written", "found"),
    [('{"a":1}', {"a": 1}), ("", {}), ("[1]", {"input": [1]}), ("{", {"input": "{"}), ("NaN", {"input": "NaN"})],
)
def test_arguments_are_an_object_whatever_the_model_wrote(written: str, found: dict[str, object]) -> None:
    assert wire.arguments(written) == found
