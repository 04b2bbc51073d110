"""Tokens are counted with the o200k ranks that ship with the product: offline, hash-checked, built on first use.

The count is exact for OpenAI's o200k models and an estimate, marked as such by whoever uses it, for all others.
"""

import base64
import functools
import hashlib
import io
import re
import threading
from collections.abc import Iterable
from importlib.resources import files

import orjson
from tiktoken._tiktoken import CoreBPE

from app.domain.message import Message, ModelRequest, Tool

# Hash and pattern: OpenAI's tiktoken 0.14.0, tiktoken_ext/openai_public.py, encoding o200k_base.
RANKS_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPECIAL_TOKENS = {"<|endoftext|>": 199_999, "<|endofprompt|>": 200_018}
_PATTERN = "|".join(
    (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)

# Source: OpenAI cookbook, "How to count tokens with tiktoken": every message is framed by three tokens, a
# name costs one, and the answer is primed with three. An image in low detail costs 85 tokens.
PER_MESSAGE = 3
PER_NAME = 1
PER_REPLY = 3
PER_IMAGE = 85

_building = threading.Lock()


class RanksDamaged(RuntimeError):
    """The shipped rank file is not the one that was published; the installation is broken."""


def count(text: str) -> int:
    """Tokens of a text; special tokens written out in it are counted as the plain text that they are."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if _SURROGATE.search(text) else text
    return len(_encoding().encode_ordinary(whole))


def count_messages(messages: Iterable[Message]) -> int:
    """Tokens of a conversation as the model is sent it, with the framing of messages and of the answer."""
    return PER_REPLY + sum(map(_count_message, messages))


def count_request(request: ModelRequest) -> int:
    """Tokens of all that a request sends: messages, tools and the schema of the answer."""
    schema = request.response_format.schema if request.response_format else None
    return (
        count_messages(request.messages)
        + sum(map(count_tool, request.tools))
        + (0 if schema is None else _count_json(schema))
    )


def count_tool(tool: Tool) -> int:
    """Tokens of a tool as the model is told of it."""
    return PER_MESSAGE + count(tool.name) + count(tool.description) + _count_json(tool.parameters)


def read_ranks(data: bytes) -> dict[bytes, int]:
    """Rank by token, of a file with one base64 token and its rank per line. Raises RanksDamaged."""
    if hashlib.sha256(data).hexdigest() != RANKS_SHA256:
        raise RanksDamaged("o200k_base.tiktoken is not the published file; install the product again")
    lines = (line.split() for line in io.BytesIO(data))
    return {base64.b64decode(token): int(rank) for token, rank in lines}


def _count_message(message: Message) -> int:
    calls = sum(count(call.name) + count(call.arguments) + PER_MESSAGE for call in message.tool_calls)
    name = 0 if message.name is None else count(message.name) + PER_NAME
    return PER_MESSAGE + count(message.role) + count(message.text) + len(message.images) * PER_IMAGE + calls + name


def _count_json(value: object) -> int:
    return count(orjson.dumps(value, default=dict).decode())


def _encoding() -> CoreBPE:
    # The lock keeps threads that arrive together from each building their own: it takes a fifth of a second.
    with _building:
        return _build()


@functools.cache
def _build() -> CoreBPE:
    # tiktoken.Encoding keeps a second copy of the ranks, 29 MB, for what is never asked here: decoding and plugins.
    ranks = read_ranks(files("app.catalogue").joinpath("o200k_base.tiktoken").read_bytes())
    return CoreBPE(ranks, _SPECIAL_TOKENS, _PATTERN)
