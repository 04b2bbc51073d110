"""Bytes from a vendor become JSON values here, and no shape of them can raise anything but ProviderBadAnswer."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import orjson

from app.domain.errors import Invalid, ProviderBadAnswer

JsonObject = dict[str, object]

MAX_REPLY_BYTES = 16 * 1024 * 1024  # of a whole answer, a line, an event
MAX_EVENT_LINES = 1000
MAX_EMBEDDINGS_BYTES = 128 * 1024 * 1024  # 2048 vectors of 3072 numbers, written out


def encode(body: JsonObject) -> bytes:
    """The request's body as JSON. Raises Invalid for what JSON cannot hold (a lone surrogate, a foreign type)."""
    try:
        return orjson.dumps(body, default=_plain)
    except orjson.JSONEncodeError:
        raise Invalid("the request holds a value that JSON cannot carry", field="messages") from None


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


def decode(raw: bytes, *, provider: str) -> JsonObject:
    """The JSON object in `raw`. Raises ProviderBadAnswer for anything else."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise ProviderBadAnswer(f"{provider} sent malformed JSON", provider=provider) from None
    if not isinstance(value, dict):
        raise ProviderBadAnswer(f"{provider} sent JSON that is no object", provider=provider)
    return value


def body(chunks: Iterable[bytes], *, provider: str, most: int = MAX_REPLY_BYTES) -> bytes:
    """All of a body. Raises ProviderBadAnswer as soon as it is longer than `most`."""
    whole = bytearray()
    for chunk in chunks:
        whole += chunk
        if len(whole) > most:
            raise ProviderBadAnswer(f"{provider} sent more than an answer may hold", provider=provider)
    return bytes(whole)


def lines(chunks: Iterable[bytes], *, provider: str, most: int = MAX_REPLY_BYTES) -> Iterator[bytes]:
    """Lines without their end; what stands after the last line end is a line too.

    Raises ProviderBadAnswer as soon as a line is longer than `most` bytes.
    """
    begun = bytearray()
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        if len(begun) + len(first) > most:
            raise ProviderBadAnswer(f"{provider} sent an endless line", provider=provider)
        if not others:
            begun += first
            continue
        yield bytes(begun) + first if begun else first
        begun = bytearray(others.pop())
        yield from others
    if begun:
        yield bytes(begun)


def events(chunks: Iterable[bytes], *, provider: str, most: int = MAX_REPLY_BYTES) -> Iterator[bytes]:
    """The data of server-sent events; comments and other fields are passed over.

    The data lines of one event are joined, unless the first of them is whole by itself: some vendors leave out the
    blank line between events. Raises ProviderBadAnswer as soon as an event is longer than `most` bytes or 1000 lines.
    Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
    """
    held: bytes | bytearray = b""
    joined = 0
    for line in lines(chunks, provider=provider, most=most):
        if line.startswith(b"data:"):
            data = line[5:].strip()
            if not held:
                held = data
            elif isinstance(held, bytes) and _is_whole(held):
                yield held
                held = data
            else:
                joined = joined + 1 if isinstance(held, bytearray) else 2
                held = held if isinstance(held, bytearray) else bytearray(held)
                held += b"\n" + data
                if len(held) > most or joined > MAX_EVENT_LINES:
                    raise ProviderBadAnswer(f"{provider} sent an endless event", provider=provider)
        elif held and not line.strip():
            yield bytes(held)
            held = b""
    if held:
        yield bytes(held)


def _is_whole(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return data == b"[DONE]"
    return True


def text(value: object) -> str:
    """The string, or an empty one."""
    return value if isinstance(value, str) else ""


def whole(value: object) -> int:
    """The count, or 0; never negative."""
    return max(value, 0) if isinstance(value, int) and not isinstance(value, bool) else 0


def obj(value: object) -> JsonObject:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[JsonObject]:
    """The objects of an array, or none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def vector(value: object) -> tuple[float, ...]:
    """The numbers of an array, or none when one of them is no number."""
    if not isinstance(value, list) or not all(isinstance(number, (int, float)) for number in value):
        return ()
    return tuple(float(number) for number in value)


def arguments(value: str) -> JsonObject:
    """A tool call's arguments as an object; what a model wrote that is no object stands under `input`."""
    try:
        parsed = orjson.loads(value or "{}")
    except orjson.JSONDecodeError:
        return {"input": value}
    return parsed if isinstance(parsed, dict) else {"input": parsed}


def dumped(value: object) -> str:
    """The value as compact JSON text."""
    return orjson.dumps(value).decode()


@dataclass(frozen=True, slots=True)
class DataUrl:
    """What a base64 `data:` URL holds."""

    media_type: str
    base64: str


def data_url(url: str) -> DataUrl | None:
    """The parts of a base64 `data:` URL (RFC 2397), or None for any other address."""
    head, comma, payload = url.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        return None
    return DataUrl(media_type=head[5:-7].split(";")[0] or "application/octet-stream", base64=payload)
