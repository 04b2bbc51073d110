"""What an upstream can do with a stream once it has begun."""

import json
from collections.abc import Iterator
from itertools import repeat

from tests.faults.bench import spoken
from tests.faults.bench.acts import SSE, UNTIL_CLOSED, events
from tests.faults.bench.line import HOLD_S, Line
from tests.faults.bench.upstream import Act

ROLE = spoken.event({"role": "assistant", "content": ""})
COMMENT = b": keep-alive\n\n"


def begun(line: Line, tokens: int) -> list[bytes]:
    """The first events of the answer, up to so many tokens."""
    return [ROLE, *map(spoken.token, spoken.pieces(line.request.model)[:tokens])]


def after(tokens: int, *more: bytes, closing: bool = True) -> Act:
    """So many tokens, then these bytes as events, then an end of the connection's own kind."""

    def act(line: Line) -> None:
        events(line, [*begun(line, tokens), *more], closing=closing)
        if not closing:
            line.cut()

    return act


def reset_after(tokens: int) -> Act:
    """So many tokens, then RST."""

    def act(line: Line) -> None:
        events(line, begun(line, tokens), closing=False)
        line.wait(0.05)  # RST overtakes what has not been read yet
        line.reset()

    return act


def stall_after(tokens: int, *, comment: bytes = b"", hold_s: float = HOLD_S) -> Act:
    """So many tokens, then no more of them; comments every 100 ms if there are any."""

    def act(line: Line) -> None:
        line.head(headers=SSE)
        for data in begun(line, tokens)[: tokens + 1 if tokens else 0]:
            line.chunk(data)
        for _ in range(int(hold_s / 0.1)):
            if comment:
                line.chunk(comment)
            line.wait(0.1)
        line.cut()

    return act


def slowly(gap_s: float, *, first_s: float = 0.0) -> Act:
    """The whole answer with a pause before the first token and between all of them."""

    def act(line: Line) -> None:
        line.wait(first_s)
        events(line, spoken.stream(line.request.model), gap_s=gap_s)

    return act


def pause_after(tokens: int, pause_s: float) -> Act:
    """The whole answer with one pause in it."""

    def act(line: Line) -> None:
        told = spoken.stream(line.request.model)
        line.head(headers=SSE)
        for position, data in enumerate(told):
            line.chunk(data)
            line.wait(pause_s if position == tokens else 0)
        line.chunk(b"")

    return act


def unended(*, finish: bool) -> Act:
    """All words, with or without the finish reason, and a clean end without [DONE]."""

    def act(line: Line) -> None:
        tail = [spoken.end()] if finish else []
        events(line, [*begun(line, len(spoken.pieces(""))), *tail])

    return act


def endless(gap_s: float = 0.005) -> Act:
    """Tokens without end."""

    def act(line: Line) -> None:
        told: Iterator[bytes] = repeat(spoken.token("on and on "), int(HOLD_S / gap_s))
        events(line, told, gap_s=gap_s)

    return act


def huge(megabytes: int) -> Act:
    """One token, or one answer, of so many megabytes."""

    def act(line: Line) -> None:
        head, _, tail = spoken.token("@").partition(b"@")
        streamed = line.request.streamed
        if not streamed:
            head, _, tail = spoken.whole(line.request.model, "@").partition(b"@")
        line.head(headers=SSE if streamed else ())
        line.chunk(head)
        for _ in range(megabytes):
            line.chunk(b"x" * 1_048_576)
        line.chunk(tail + (spoken.end() + spoken.DONE if streamed else b""))
        line.chunk(b"")

    return act


def long_answer(words: int) -> Act:
    """A whole stream of so many numbered words, as fast as it is taken."""

    def act(line: Line) -> None:
        events(line, [ROLE, *(spoken.token(word) for word in numbered(words)), spoken.end(), spoken.DONE])

    return act


def numbered(words: int) -> list[str]:
    """The words of a long answer."""
    return [f"word{number} {'.' * 3_000} " for number in range(words)]


def not_gzip(line: Line) -> None:
    """A good answer that says it is compressed, and is not."""
    body = b"".join(spoken.stream(line.request.model)) if line.request.streamed else spoken.whole(line.request.model)
    kind = SSE if line.request.streamed else (("Content-Type", "application/json"),)
    line.head(headers=(*kind, ("Content-Encoding", "gzip")), length=len(body))
    line.send(body)


def bad_framing(line: Line) -> None:
    """A chunk whose length is no number."""
    line.head(headers=SSE if line.request.streamed else ())
    line.send(b"zz\r\nthis is no chunk\r\n")
    line.cut()


def html(line: Line) -> None:
    """200 with a page."""
    body = b"<!doctype html><html><body>Please sign in</body></html>"
    line.reply(200, body, (("Content-Type", "text/html"),))


def error_event(code: str, kind: str) -> bytes:
    """An error as an event of a stream."""
    return b"data: " + spoken.error(code, kind) + b"\n\n"


def broken_json() -> bytes:
    """An event whose JSON has no end."""
    return b'data: {"id": "c1", "choices": [{"index": 0, "delta": {"content": "half\n\n'


def withheld(line: Line) -> None:
    """An answer that the vendor's content filter has emptied."""
    if line.request.streamed:
        events(line, [ROLE, spoken.end("content_filter"), spoken.DONE])
    else:
        line.reply(200, spoken.whole(line.request.model, "", "content_filter"))


def empty_choices(line: Line) -> None:
    """200 and no answer in it."""
    body = json.dumps({"id": "c1", "object": "chat.completion", "model": "bench", "choices": []}).encode()
    if line.request.streamed:
        events(line, [b"data: " + body + b"\n\n", spoken.DONE])
    else:
        line.reply(200, body)


def closed_after_all(line: Line) -> None:
    """A whole stream that is framed by the end of the connection."""
    line.head(headers=UNTIL_CLOSED)
    for data in spoken.stream(line.request.model):
        line.send(data)
    line.cut()
