"""A model that costs nothing and is never in doubt: its answer, its delays and its faults follow from the request.

Everything that looks like chance is read from a hash of what is asked (model, messages, limits, seed and options), so
the same request gets the same answer on every machine, and another `seed` is another draw. Told by a system message to
reply with one JSON object, it fills in the one that it is shown, its numbers drawn from 0 to 100.

Options: `quality` 0…1 (probability of a right answer, default 1) · `label` (the right answer) · `answers` (pattern ->
right answer, searched in the last user's text; the other labels serve as wrong answers) · `tokens` (words to write) ·
`latency_ms` (before the first word) · `chunk_ms` (between words of a stream) · `cached_tokens`, `reasoning_tokens`
(reported usage) · `faults` (kind of error -> probability; see FAULTS, `cut_stream`, and `hang`: silence for ever).
"""

import re
from collections.abc import Generator, Mapping, Sequence
from hashlib import blake2b
from math import sqrt

import orjson

from app.domain.errors import (
    ContentRefused,
    ContextTooLong,
    ProviderBadAnswer,
    ProviderError,
    ProviderRateLimited,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
)
from app.domain.message import Delta, Embeddings, FinishReason, ModelReply, ModelRequest, ToolCall, ToolCallDelta, Usage
from app.providers import lines, prompt_cache, wire
from app.providers.base import Provider
from app.providers.lines import Line
from app.providers.simulated_json import example
from app.providers.simulated_reply import filled, shown

FAULTS: dict[str, tuple[type[ProviderError], int | None]] = {
    "rate_limited": (ProviderRateLimited, 429),
    "unavailable": (ProviderUnavailable, 503),
    "timeout": (ProviderTimeout, None),
    "refused": (ProviderRefused, 400),
    "content_refused": (ContentRefused, 400),
    "context_too_long": (ContextTooLong, 400),
    "bad_answer": (ProviderBadAnswer, None),
}
CUT = "cut_stream"
HANG = "hang"
TIMINGS = frozenset({"latency_ms", "chunk_ms"})
DIMENSIONS = 64
OWN_FAULTS: Mapping[str, Mapping[str, float]] = {"flaky": {"unavailable": 0.4}}  # what a model does unasked
MAX_TOKENS = 100_000
VOCABULARY = (
    "amber basin cedar delta ember fjord grove haven inlet jetty kelp lagoon meadow nectar ocean prairie quartz river "
    "summit tundra upland valley willow yarrow zephyr"
)


class SimulatedProvider(Provider):
    """Answers out of a hash; one word is one token."""

    kind = "simulated"
    known_options = TIMINGS | {"answers", "cached_tokens", "faults", "label", "quality", "reasoning_tokens", "tokens"}

    def translate(self, error: Exception) -> ProviderError:
        """Nothing foreign is called, so any exception here is an answer gone wrong."""
        return self.bad_answer(f"could not be made ({type(error).__name__})")

    def count_tokens(self, request: ModelRequest) -> int:
        """Words of all messages, and one token per message and tool."""
        return sum(1 + len(message.text.split()) for message in request.messages) + len(request.tools)

    def _vendor_errors(self) -> tuple[type[Exception], ...]:
        return ()

    def _check_options(self, request: ModelRequest) -> None:
        super()._check_options(request)
        for name, value in request.options.items():
            if not _is_fit(name, value):
                raise self.unsupported(f"this value of option {name!r}", f"options.{name}")

    def _generate(self, request: ModelRequest, timeout_s: float) -> ModelReply:
        draw = _Draw(request)
        self._wait_and_fail(request, draw, timeout_s)
        if draw.chance("fault." + CUT) < _number(_faults(request).get(CUT)):
            raise self.bad_answer("was cut")
        text, finish, calls = _answer(request, draw)
        return ModelReply(text, finish, self._usage(request, text, calls), request.model, calls, draw.hex[:16])

    def _stream(self, request: ModelRequest, timeout_s: float) -> Generator[Delta, None, None]:
        draw, line = _Draw(request), lines.current() or Line(timeout_s=timeout_s)
        self._wait_and_fail(request, draw, timeout_s)
        text, finish, calls = _answer(request, draw)
        pieces = re.findall(r"\s*\S+\s*$|\s*\S+", text)
        is_cut = draw.chance("fault." + CUT) < _number(_faults(request).get(CUT))
        for position, piece in enumerate(pieces):
            if is_cut and position >= len(pieces) // 2:
                return
            if position:
                self._sleep(line, _number(request.options.get("chunk_ms")) / 1000)
            yield Delta(text=piece, model=request.model)
        for position, call in enumerate(calls):
            yield Delta(tool_calls=(ToolCallDelta(position, call.id, call.name, call.arguments),), model=request.model)
        if not is_cut:
            usage = self._usage(request, text, calls)
            yield Delta(finish_reason=finish, usage=usage, model=request.model, request_id=draw.hex[:16])

    def _embed(self, model: str, texts: Sequence[str], timeout_s: float) -> Embeddings:
        usage = Usage(input_tokens=sum(len(text.split()) or 1 for text in texts))
        return Embeddings(tuple(_bag_of_words(text) for text in texts), usage, model)

    def _wait_and_fail(self, request: ModelRequest, draw: "_Draw", timeout_s: float) -> None:
        line = lines.current() or Line(timeout_s=timeout_s)
        hangs = draw.chance("fault." + HANG) < _number(_faults(request).get(HANG))
        latency_s = timeout_s * 2 if hangs else _number(request.options.get("latency_ms")) / 1000
        self._sleep(line, min(latency_s, timeout_s))
        if latency_s > timeout_s:
            raise ProviderTimeout("the simulated model was slower than the limit", provider=self.endpoint.provider)
        for kind, probability in _faults(request).items():
            if kind in FAULTS and draw.chance(f"fault.{kind}") < _number(probability):
                error, status = FAULTS[kind]
                raise error(f"simulated fault: {kind}", provider=self.endpoint.provider, status=status)

    def _sleep(self, line: Line, seconds: float) -> None:
        if seconds and line.wait(seconds):
            line.check(self.endpoint.provider)

    def _usage(self, request: ModelRequest, text: str, calls: tuple[ToolCall, ...]) -> Usage:
        read = self.count_tokens(request)
        cached = min(int(_number(request.options.get("cached_tokens"))), read)
        return Usage(
            input_tokens=read - cached,
            cache_read_tokens=cached,
            output_tokens=max(len(text.split()) + sum(1 + len(call.arguments.split()) for call in calls), 1),
            reasoning_tokens=int(_number(request.options.get("reasoning_tokens"))),
        )


class _Draw:
    """Draws for one request: each `name` has its own, the same at every asking."""

    def __init__(self, request: ModelRequest) -> None:
        asked: wire.JsonObject = {
            "model": request.model,
            "messages": [[m.role, m.text, m.tool_call_id] for m in request.messages],
            "sampling": [request.max_tokens, request.temperature, request.top_p, request.seed, request.tool_choice],
            "options": {k: v for k, v in sorted(request.options.items()) if k not in TIMINGS},
        }
        self._digest = blake2b(wire.encode(asked), digest_size=16).digest()
        self.hex = self._digest.hex()

    def chance(self, name: str) -> float:
        """A number in 0…1 (1 excluded)."""
        return int.from_bytes(blake2b(name.encode(), key=self._digest, digest_size=6).digest()) / 2**48

    def pick(self, name: str, choices: Sequence[str]) -> str:
        """One of the choices."""
        return choices[int(self.chance(name) * len(choices))]


def _answer(request: ModelRequest, draw: _Draw) -> tuple[str, FinishReason, tuple[ToolCall, ...]]:
    call = _called(request, draw)
    if call is not None:
        return "", "tool_calls", (call,)
    text = _said(request, draw)
    for stop in request.stop:
        text = text.partition(stop)[0]
    words = text.split()
    if request.max_tokens is not None and len(words) > request.max_tokens:
        return " ".join(words[: request.max_tokens]), "length", ()
    return text, "stop", ()


def _called(request: ModelRequest, draw: _Draw) -> ToolCall | None:
    """The tool call: when one is demanded, or when one is offered and none was answered yet with tool_choice auto."""
    if not request.tools or request.tool_choice in (None, "none"):
        return None
    if request.tool_choice == "auto" and request.messages[-1].role == "tool":
        return None
    named = [tool for tool in request.tools if tool.name == request.tool_choice]
    tool = (named or request.tools)[0]
    arguments = orjson.dumps(example(tool.parameters)).decode()
    return ToolCall(id=f"call_{draw.hex[:12]}", name=tool.name, arguments=arguments)


def _said(request: ModelRequest, draw: _Draw) -> str:
    right, wrong = _labels(request)
    if right is not None:
        quality = _number(request.options.get("quality", 1))
        return right if draw.chance("quality") < quality else draw.pick("wrong", wrong or ("I do not know",))
    if request.response_format is not None:
        return orjson.dumps(example(request.response_format.schema or {})).decode()
    told = shown("\n".join(message.text for message in request.messages if message.role == "system"))
    if told:
        return orjson.dumps(filled(told[int(draw.chance("reply") * len(told))], draw.chance)).decode()
    count = int(_number(request.options.get("tokens"))) or 8 + int(draw.chance("length") * 24)
    return " ".join(draw.pick(f"word{position}", VOCABULARY.split()) for position in range(count))


def _labels(request: ModelRequest) -> tuple[str | None, list[str]]:
    """The right answer, if it is known, and the wrong ones."""
    asked = next((message.text for message in reversed(request.messages) if message.role == "user"), "")
    answers = request.options.get("answers")
    known = answers if isinstance(answers, Mapping) else {}
    label = request.options.get("label")
    if label is None:
        label = next((answer for pattern, answer in known.items() if re.search(str(pattern), asked)), None)
    if label is None:
        return None, []
    return str(label), sorted({str(answer) for answer in known.values()} - {str(label)})


def _is_fit(name: str, value: object) -> bool:
    match name:
        case "label":
            return isinstance(value, str)
        case prompt_cache.OPTION:
            return isinstance(value, bool)
        case "answers":
            return isinstance(value, Mapping) and all(_is_pattern(key) for key in value)
        case "faults":
            known = FAULTS.keys() | {CUT, HANG}
            return isinstance(value, Mapping) and value.keys() <= known and all(map(_is_number, value.values()))
        case "tokens":
            return _is_number(value) and _number(value) <= MAX_TOKENS
        case _:
            return _is_number(value)


def _is_pattern(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(re.compile(value))
    except re.error:
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and value >= 0


def _faults(request: ModelRequest) -> Mapping[str, object]:
    faults = request.options.get("faults", OWN_FAULTS.get(request.model))
    return faults if isinstance(faults, Mapping) else {}


def _number(value: object) -> float:
    return max(float(value), 0.0) if isinstance(value, (int, float)) else 0.0


def _bag_of_words(text: str) -> tuple[float, ...]:
    """A unit vector in which texts that share words point the same way."""
    vector = [0.0] * DIMENSIONS
    for word in text.lower().split() or [""]:
        digest = blake2b(word.encode(errors="replace"), digest_size=2).digest()
        vector[digest[0] % DIMENSIONS] += 1.0 if digest[1] % 2 else -1.0
    length = sqrt(sum(number * number for number in vector)) or 1.0
    return tuple(number / length for number in vector)
