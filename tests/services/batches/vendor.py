"""A vendor whose batches speak OpenAI's and Anthropic's protocols on real sockets, as its script says."""

import json
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

ANTHROPIC = "/v1/messages/batches"
CALLS = ("/v1/chat/completions", "/v1/messages")


@dataclass
class Made:
    """One batch at the vendor. `over`: its answers are there."""

    id: str
    requests: list[dict[str, Any]]
    metadata: dict[str, str] = field(default_factory=dict)
    over: bool = False
    cancelled: bool = False


class Vendor(ThreadingHTTPServer):
    """`lost_answers`: so many batches are taken and the connection breaks before that is said; `refuses`: a status."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, list[dict[str, Any]]] = {}
        self.made: list[Made] = []
        self.calls: list[dict[str, Any]] = []
        self.lost_answers = 0
        self.refuses: int | None = None
        self.at_once = True
        self.silent: set[str] = set()  # words of requests that are never answered
        self.broken: set[str] = set()  # words of requests that are answered by an error

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def asked(self) -> list[str]:
        """The words of all requests of all batches, in order."""
        return [_said(request) for made in self.made for request in made.requests]


def _said(request: dict[str, Any]) -> str:
    inner = request.get("body") or request["params"]
    return str(inner["messages"][-1]["content"])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Vendor

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.refuses is not None and self.path not in CALLS:
            self._send({"error": {"message": "no", "type": "invalid_request_error"}}, self.server.refuses)
        elif self.path == "/v1/files":
            self._upload(raw)
        elif self.path.endswith("/cancel"):
            found = self._find(self.path.split("/")[-2])
            found.cancelled = found.over = True
            self._send({"id": found.id})
        elif self.path in ("/v1/batches", ANTHROPIC):
            self._make(json.loads(raw))
        else:
            self.server.calls.append(json.loads(raw))
            self._send(_completion("by call") if "chat" in self.path else _message("by call"))

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        answers = re.fullmatch(r"/v1/files/out-(.+)/content", path) or re.fullmatch(ANTHROPIC + "/(.+)/results", path)
        if answers is not None:
            self._answers(self._find(answers[1]), anthropic=path.startswith(ANTHROPIC))
        elif path in ("/v1/batches", ANTHROPIC):
            told = [self._told(each) for each in reversed(self.server.made)]
            self._send({"object": "list", "data": told, "has_more": False})
        else:
            self._send(self._told(self._find(path.rpartition("/")[2])))

    def log_message(self, *_: object) -> None:
        """Nothing is told."""

    def _upload(self, raw: bytes) -> None:
        form = message_from_bytes(b"Content-Type: " + self.headers["Content-Type"].encode() + b"\r\n\r\n" + raw)
        parts = {part.get_param("name", header="Content-Disposition"): part for part in form.walk()}
        content = parts["file"].get_payload(decode=True)
        assert isinstance(content, bytes)
        id = f"file-{len(self.server.files)}"
        self.server.files[id] = [json.loads(line) for line in content.splitlines()]
        self._send({"id": id, "object": "file", "bytes": 1, "created_at": 1, "filename": "x", "purpose": "batch"})

    def _make(self, wish: dict[str, Any]) -> None:
        requests = wish.get("requests") or self.server.files[wish["input_file_id"]]
        made = Made(f"b{len(self.server.made)}", requests, wish.get("metadata", {}), over=self.server.at_once)
        self.server.made.append(made)
        if self.server.lost_answers:
            self.server.lost_answers -= 1
            self.close_connection = True
            return
        self._send(self._told(made))

    def _find(self, id: str) -> Made:
        return next(each for each in self.server.made if each.id == id)

    def _told(self, made: Made) -> dict[str, Any]:
        now = datetime.now(UTC)
        many = len(made.requests)
        return {
            "id": made.id,
            "status": "completed" if made.over else "in_progress",
            "processing_status": "ended" if made.over else "in_progress",
            "created_at": now.isoformat() if self.path.startswith(ANTHROPIC) else int(now.timestamp()),
            "metadata": made.metadata,
            "output_file_id": f"out-{made.id}" if made.over else None,
            "error_file_id": None,
            "request_counts": {"succeeded": many} if made.over else {"processing": many},
        }

    def _answers(self, made: Made, *, anthropic: bool) -> None:
        lines = []
        for request in reversed(made.requests):
            said = _said(request)
            if said in self.server.silent:
                continue
            tell = _of_anthropic if anthropic else _of_openai
            lines.append(json.dumps(tell(request["custom_id"], said, broken=said in self.server.broken)))
        self._raw("\n".join(lines).encode())

    def _send(self, told: dict[str, Any], status: int = 200) -> None:
        self._raw(json.dumps(told).encode(), status)

    def _raw(self, content: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _completion(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 1_000, "completion_tokens": 1_000, "total_tokens": 2_000}
    return {"id": "c", "model": "m", "choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}


def _of_openai(id: str, said: str, *, broken: bool) -> dict[str, Any]:
    error = {"error": {"message": "no", "type": "invalid_request_error"}}
    response = {"status_code": 400, "body": error} if broken else {"status_code": 200, "body": _completion(said)}
    return {"id": "x", "custom_id": id, "response": response, "error": None}


def _of_anthropic(id: str, said: str, *, broken: bool) -> dict[str, Any]:
    if broken:
        error = {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}
        return {"custom_id": id, "result": {"type": "errored", "error": error}}
    return {"custom_id": id, "result": {"type": "succeeded", "message": _message(said)}}


def _message(text: str) -> dict[str, Any]:
    return {
        "id": "m",
        "model": "m",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1_000, "output_tokens": 1_000},
    }
