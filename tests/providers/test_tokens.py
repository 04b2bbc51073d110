"""Tokens are counted offline, from the published ranks, by any number of threads."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from threading import Barrier
from typing import NoReturn

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st
from tiktoken_ext import openai_public

from app.domain.message import ImagePart, Message, ModelRequest, ResponseFormat, TextPart, Tool, ToolCall
from app.providers import tokens

RANKS = tokens.read_ranks(files("app.catalogue").joinpath("o200k_base.tiktoken").read_bytes())
LIBRARY = tiktoken.Encoding(
    "o200k_base", pat_str=tokens._PATTERN, mergeable_ranks=RANKS, special_tokens=tokens._SPECIAL_TOKENS
)


@pytest.fixture
def unbuilt() -> Iterator[None]:
    tokens._build.cache_clear()
    yield
    tokens._build.cache_clear()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("hello world", 2), ("Model Match routes your calls.", 6), ("größer als 10 000 €", 8), ("🙂", 1)],
)
def test_known_texts_have_known_counts(text: str, expected: int) -> None:
    assert tokens.count(text) == expected


@given(st.text(max_size=300))
def test_a_text_has_no_more_tokens_than_bytes(text: str) -> None:
    assert 0 <= tokens.count(text) <= len(text.encode())


def test_special_tokens_in_a_text_are_plain_text() -> None:
    assert tokens.count("<|endoftext|>") > 1


def test_half_a_surrogate_pair_is_counted_as_the_replacement_character() -> None:
    assert tokens.count("\ud83d") == tokens.count("\ufffd")
    assert tokens.count("\ud83d\ude42") == tokens.count("🙂")


@given(st.text(max_size=300))
def test_counts_are_those_of_the_library(text: str) -> None:
    assert tokens.count(text) == len(LIBRARY.encode(text, disallowed_special=()))


def test_counting_opens_no_connection(unbuilt: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("counting tokens opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    assert tokens.count("offline") == 1


def test_threads_that_start_together_share_one_encoding(unbuilt: None) -> None:
    together = Barrier(8)

    def first_use(text: str) -> int:
        together.wait()
        return tokens.count(text)

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(first_use, ["hello world"] * 8))

    assert counts == [2] * 8
    assert tokens._build.cache_info().misses == 1


def test_a_damaged_rank_file_is_refused() -> None:
    with pytest.raises(tokens.RanksDamaged):
        tokens.read_ranks(b"aGVsbG8= 0\n")


def test_hash_pattern_and_special_tokens_are_those_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def no_download(_: str, expected_hash: str) -> dict[bytes, int]:
        asked.append(expected_hash)
        return {}

    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", no_download)

    published = openai_public.o200k_base()

    assert asked == [tokens.RANKS_SHA256]
    assert published["pat_str"] == tokens._PATTERN
    assert published["special_tokens"] == tokens._SPECIAL_TOKENS


def test_every_message_is_framed_and_the_answer_is_primed() -> None:
    one = tokens.count_messages([Message("user", "hello world")])
    two = tokens.count_messages([Message("user", "hello world"), Message("assistant", "hello world")])

    assert one == 3 + 3 + 1 + 2
    assert two == one + 3 + 1 + 2


def test_a_name_an_image_and_a_tool_call_add_to_a_message() -> None:
    plain = tokens.count_messages([Message("user", "hi")])
    parts = (TextPart("hi"), ImagePart("https://pictures.example/cat.png"))

    assert tokens.count_messages([Message("user", "hi", name="Ann")]) == plain + tokens.count("Ann") + tokens.PER_NAME
    assert tokens.count_messages([Message("user", parts)]) == plain + tokens.PER_IMAGE
    assert tokens.count_messages([Message("user", "hi", tool_calls=(ToolCall("1", "look", "{}"),))]) > plain


def test_tools_and_the_schema_of_the_answer_add_to_a_request() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    plain = ModelRequest("any", (Message("user", "hi"),))
    tooled = ModelRequest("any", plain.messages, tools=(Tool("look", "Looks a city up", schema),))
    formed = ModelRequest("any", plain.messages, response_format=ResponseFormat("json_schema", schema=schema))

    assert tokens.count_request(plain) == tokens.count_messages(plain.messages)
    assert tokens.count_request(tooled) > tokens.count_request(plain)
    assert tokens.count_request(formed) > tokens.count_request(plain)


def test_a_request_for_any_json_adds_nothing() -> None:
    plain = ModelRequest("any", (Message("user", "hi"),))
    formed = ModelRequest("any", plain.messages, response_format=ResponseFormat("json_object"))

    assert tokens.count_request(formed) == tokens.count_request(plain)
