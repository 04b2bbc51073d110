"""OpenAI's clients understand every failure of ours, and read every chunk as OpenAI's own."""

from typing import Any

import orjson
import pytest

from app.api import openai_wire, problems
from app.api.problems import STATUSES
from app.domain import errors, run_errors
from app.domain.message import Delta, ToolCallDelta, Usage

BUDGET: dict[str, Any] = {
    "budget": "b",
    "scope": "global",
    "who": "",
    "period": "day",
    "unit": "usd",
    "limit": 1,
    "settled": 1,
    "reserved": 0,
    "resets_at": None,
    "retry_after_s": None,
}


def instance(kind: type[errors.ModelMatchError]) -> errors.ModelMatchError:
    """An error of the class."""
    if issubclass(kind, errors.ProviderError):
        return kind("said", provider="x")
    if issubclass(kind, errors.NoModelFits):
        return errors.NoModelFits("said", removed=[("m", "max_cost", "dear")], field="auto")
    if issubclass(kind, errors.UnknownModel):
        return kind("said")
    if issubclass(kind, errors.Invalid):
        return kind("said", field="options.top_k")
    if issubclass(kind, errors.NotFound):
        return kind("thing", "key")
    if issubclass(kind, errors.BudgetExceeded):
        return errors.BudgetExceeded("said", **BUDGET)
    if issubclass(kind, errors.LimitExceeded):
        return errors.LimitExceeded("said", limit="requests_per_min", cap=1, window_s=60, retry_after_s=1.0)
    if issubclass(kind, errors.Overloaded):
        return errors.Overloaded("said", retry_after_s=1.0)
    if issubclass(kind, run_errors.HookRefused):
        return run_errors.HookRefused("said", hook="length", why="prompt-too-long")
    return kind("said")


@pytest.mark.parametrize("kind", STATUSES, ids=lambda kind: kind.__name__)
def test_every_error_has_openais_four_members(kind: type[errors.ModelMatchError]) -> None:
    problem = problems.of(instance(kind))

    status, body = openai_wire.error_body(problem)

    error = body["error"]
    assert isinstance(error, dict)
    assert {"message", "type", "param", "code"} <= set(error)
    assert "-" not in error["code"]
    assert status != 422
    assert status // 100 == problem.status // 100


def test_an_option_is_named_as_the_client_sent_it() -> None:
    problem = problems.of(errors.Unsupported("no", field="options.logit_bias"))

    assert openai_wire.error_body(problem) == (
        400,
        {
            "error": {
                "message": "no",
                "type": "invalid_request_error",
                "param": "logit_bias",
                "code": "unsupported_parameter",
            }
        },
    )


def test_cached_and_reasoning_tokens_stand_inside_their_sums() -> None:
    usage = Usage(input_tokens=5, cache_read_tokens=3, cache_write_tokens=2, output_tokens=7, reasoning_tokens=4)

    assert openai_wire.usage_of(usage) == {
        "prompt_tokens": 10,
        "completion_tokens": 11,
        "total_tokens": 21,
        "prompt_tokens_details": {"cached_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 4},
    }


def test_a_later_piece_of_a_tool_call_has_only_arguments() -> None:
    chunks = openai_wire.Chunks(id="c", model="m", created=1, with_usage=False)

    sent = chunks.piece(Delta(tool_calls=(ToolCallDelta(1, arguments='{"a"'),)))

    chunk = orjson.loads(sent.removeprefix(b"data: "))
    assert chunk["choices"][0]["delta"] == {"tool_calls": [{"index": 1, "function": {"arguments": '{"a"'}}]}
    assert "usage" not in chunk
