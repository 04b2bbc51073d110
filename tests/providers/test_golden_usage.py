"""What a vendor tells of a call becomes the right lines and the right cost, to the nano-dollar, streamed or whole.

Each line of `golden_usage.jsonl` is a usage object in its vendor's shape; `lines` are input, cache read, cache write,
output and reasoning, and `why` is the sum in nano-dollars, worked out by hand.
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.message import Message, ModelReply, ModelRequest, Usage
from app.domain.model import Price, Rates, cost, price_at
from app.domain.money import from_usd
from app.providers.base import Endpoint, Provider
from app.providers.registry import Providers
from tests.providers.fake_upstream import FakeUpstream
from tests.providers.fake_wires import Script
from tests.worlds import catalogue

TABLE = [json.loads(line) for line in Path(__file__).with_name("golden_usage.jsonl").read_text("utf-8").splitlines()]
NAMES = [row["name"] for row in TABLE]
PROVIDERS = Providers()
REQUEST = ModelRequest("a-model", (Message("user", "How many?"),), max_tokens=10)


def provider(upstream: FakeUpstream, kind: str) -> Provider:
    return PROVIDERS.get(Endpoint(kind, upstream.url(kind), "key"))


def whole(kind: str, usage: dict[str, Any]) -> dict[str, Any]:
    """The vendor's whole answer with this usage."""
    match kind:
        case "openai":
            choice = {"index": 0, "message": {"role": "assistant", "content": "12"}, "finish_reason": "stop"}
            return {"model": "a-model", "choices": [choice], "usage": usage}
        case "anthropic":
            text = [{"type": "text", "text": "12"}]
            return {"model": "a-model", "content": text, "stop_reason": "end_turn", "usage": usage}
        case "gemini":
            said = {"content": {"role": "model", "parts": [{"text": "12"}]}, "finishReason": "STOP"}
            return {"candidates": [said], "usageMetadata": usage}
        case _:
            return {"message": {"role": "assistant", "content": "12"}, "done": True, "done_reason": "stop", **usage}


def streamed(kind: str, usage: dict[str, Any]) -> bytes:
    """The same as the vendor's stream."""

    def events(*given: dict[str, Any]) -> bytes:
        heads = (f"event: {each['type']}\n" if "type" in each else "" for each in given)
        return "".join(f"{head}data: {json.dumps(each)}\n\n" for head, each in zip(heads, given, strict=True)).encode()

    match kind:
        case "openai":
            said = {"index": 0, "delta": {"content": "12"}, "finish_reason": "stop"}
            return events({"choices": [said]}, {"choices": [], "usage": usage}) + b"data: [DONE]\n\n"
        case "anthropic":
            begin = {"type": "message_start", "message": {"model": "a-model", "usage": {**usage, "output_tokens": 1}}}
            piece = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "12"}}
            written = {key: value for key, value in usage.items() if key.startswith("output")}
            end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": written}
            return events(begin, piece, end, {"type": "message_stop"})
        case "gemini":
            return events(whole(kind, usage))
        case _:
            return json.dumps(whole(kind, usage)).encode() + b"\n"


def price_of(row: dict[str, Any]) -> Price:
    if "rates" in row:
        rates = Rates.of(**{line: from_usd(text) for line, text in row["rates"].items()})
        return Price(valid_from=date(2026, 1, 1), source="a test", checked=date(2026, 1, 1), rates=rates)
    at = datetime.fromisoformat(row.get("at", "2026-11-02T12:00:00+00:00"))
    price = price_at(catalogue().get(row["model"]), at.astimezone(UTC))
    assert price is not None
    return price


def lines(usage: Usage) -> list[int]:
    return [
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.output_tokens,
        usage.reasoning_tokens,
    ]


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_a_whole_answer_costs_what_was_worked_out_by_hand(upstream: FakeUpstream, row: dict[str, Any]) -> None:
    upstream.script = Script(body=json.dumps(whole(row["kind"], row["usage"])).encode())

    reply: ModelReply = provider(upstream, row["kind"]).generate(REQUEST, timeout_s=5)

    assert lines(reply.usage) == row["lines"]
    assert not reply.usage.estimated
    assert cost(price_of(row), reply.usage) == row["nanos"], row["why"]


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_a_streamed_answer_costs_the_same(upstream: FakeUpstream, row: dict[str, Any]) -> None:
    upstream.script = Script(body=streamed(row["kind"], row["usage"]))

    *_, last = provider(upstream, row["kind"]).stream(REQUEST, timeout_s=5)

    assert last.usage is not None
    assert lines(last.usage) == row["lines"]
    assert cost(price_of(row), last.usage) == row["nanos"], row["why"]


def test_the_sum_in_words_is_the_sum_in_figures() -> None:
    for row in TABLE:
        terms = [part for part in row["why"].replace(";", ":").split(":") if " x " in part][:1]
        for term in terms:
            factors = [each.split(" x ") for each in term.split("=")[0].split(" + ")]
            total = sum(float(a) * float(b) for a, b in factors)
            assert total == pytest.approx(row["nanos"], abs=0.5), row["name"]


def test_every_vendor_has_its_rows() -> None:
    assert {row["kind"] for row in TABLE} == {"openai", "anthropic", "gemini", "ollama"}
    assert len(set(NAMES)) == len(NAMES)
