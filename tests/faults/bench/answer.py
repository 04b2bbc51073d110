"""What a caller got, told in one way for both doors."""

import json
import time
from dataclasses import dataclass, field
from typing import Final

# OpenAI's words for failures of ours.
OURS: Final = {
    "context-length-exceeded": "context-too-long",
    "content-policy-violation": "content-refused",
    "unsupported-parameter": "unsupported",
    "invalid-value": "invalid",
}


@dataclass(slots=True)
class Answer:
    """`ended`: with the door's own end mark. `model`: who answered, where
    the door or a header tells. `error`: our code of the failure. `broken`: what no caller should see."""

    began: float
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    tokens: int = 0
    finish: str | None = None
    ended: bool = False
    error: str | None = None
    model: str | None = None
    restarts: int = 0
    waits: int = 0
    broken: str | None = None
    first_s: float | None = None
    took_s: float = 0.0
    left_at: float | None = None

    @property
    def whole(self) -> bool:
        """Whether it looks like a complete answer to the caller."""
        return self.ended and self.error is None and self.broken is None

    def __str__(self) -> str:
        told = self.broken or self.error or (f"{self.finish}, ended" if self.ended else f"{self.finish}, no end")
        said = self.text if len(self.text) < 60 else f"{self.text[:30]}… ({len(self.text)} characters)"
        return f"{self.status} {told} {said!r} in {self.took_s:.2f} s"


def take_whole(answer: Answer, body: bytes) -> None:
    """A body that is no stream. Raises ValueError when it is no JSON."""
    told = json.loads(body)
    if answer.status != 200:
        inner = told.get("error", told)
        answer.error = _code(inner.get("code"))
        return
    answer.model = answer.headers.get("x-mm-model")
    if "choices" in told:
        choice = told["choices"][0]
        answer.text, answer.finish = choice["message"]["content"] or "", choice["finish_reason"]
    else:
        answer.text, answer.finish = told["text"], told["finish_reason"]
    answer.ended = True


def take_event(answer: Answer, event: bytes) -> None:
    """One event of a stream of either door. Raises ValueError when its data is no JSON."""
    name, data = "", b""
    for line in event.split(b"\n"):
        if line.startswith(b":"):
            answer.waits += 1
        elif line.startswith(b"event:"):
            name = line[6:].strip().decode()
        elif line.startswith(b"data:"):
            data = line[5:].strip()
    if data == b"[DONE]":
        answer.ended = True
    elif data:
        _take(answer, name, json.loads(data))


def _take(answer: Answer, name: str, told: dict[str, object]) -> None:
    inner = told.get("error")
    if name == "restart" or (not name and "restart" in json.dumps(list(told)) + str(told.get("model_match", ""))):
        answer.restarts += 1
        answer.text, answer.finish = "", None
    elif name == "error" or inner:
        answer.error = _code((inner if isinstance(inner, dict) else told).get("code"))
    elif name == "done":
        answer.ended, answer.finish, answer.model = True, str(told["finish_reason"]), str(told["model"])
    elif name == "delta":
        _say(answer, str(told["text"]))
    elif not name:
        _chunk(answer, told)


def _chunk(answer: Answer, told: dict[str, object]) -> None:
    choices = told.get("choices")
    for choice in choices if isinstance(choices, list) else []:
        _say(answer, choice.get("delta", {}).get("content") or "")
        answer.finish = choice.get("finish_reason") or answer.finish


def _say(answer: Answer, text: str) -> None:
    if text:
        answer.first_s = answer.first_s or time.monotonic() - answer.began
        answer.text += text
        answer.tokens += 1


def _code(told: object) -> str:
    code = str(told).replace("_", "-")
    return OURS.get(code, code)
