"""A fake upstream that speaks OpenAI's chat completions as cheaply as Python can: what is measured is not it."""

import argparse
import socket
import threading
import time

USAGE = b'"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}'
REPLY = (
    b'{"id":"c1","object":"chat.completion","created":1,"model":"bench","choices":[{"index":0,"message":'
    b'{"role":"assistant","content":"four words of text"},"finish_reason":"stop"}],' + USAGE + b"}"
)
UNARY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(REPLY) + REPLY
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def event(choices: bytes, more: bytes = b"") -> bytes:
    """One chunk of a stream, with its HTTP framing."""
    body = b'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"bench","choices":' + choices
    body += more + b"}\n\n"
    return b"%x\r\n" % len(body) + body + b"\r\n"


PIECE = event(b'[{"index":0,"delta":{"content":"word "},"finish_reason":null}]')
LAST = event(b'[{"index":0,"delta":{},"finish_reason":"stop"}]') + event(b"[]", b"," + USAGE)
DONE = b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"


def serve(connection: socket.socket, *, delay_s: float, pieces: int, gap_s: float) -> None:
    """Answer requests on one connection until the other side leaves."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    buffer = b""
    while True:
        while b"\r\n\r\n" not in buffer:
            more = connection.recv(65536)
            if not more:
                return
            buffer += more
        head, _, body = buffer.partition(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        while len(body) < length:
            body += connection.recv(65536)
        buffer = body[length:]
        if delay_s:
            time.sleep(delay_s)
        if b'"stream":true' not in body[:length].replace(b" ", b""):
            connection.sendall(UNARY)
            continue
        connection.sendall(STREAM_HEAD)
        for _ in range(pieces):
            connection.sendall(PIECE)
            if gap_s:
                time.sleep(gap_s)
        connection.sendall(LAST + DONE)


def quietly(connection: socket.socket, **how: float) -> None:
    """Serve; a client that leaves is no event."""
    with connection:
        try:
            serve(connection, **how)  # type: ignore[arg-type]  # the numbers of the command line
        except OSError:
            return


def main() -> None:
    """Listen on loopback until killed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--delay-ms", type=float, default=0)
    options.add_argument("--pieces", type=int, default=50)
    options.add_argument("--gap-ms", type=float, default=0)
    given = options.parse_args()
    listener = socket.create_server(("127.0.0.1", given.port), backlog=1024)
    how = {"delay_s": given.delay_ms / 1000, "pieces": given.pieces, "gap_s": given.gap_ms / 1000}
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=quietly, args=(connection,), kwargs=how, daemon=True).start()


if __name__ == "__main__":
    main()
