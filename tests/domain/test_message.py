"""Messages hold text and images, usage adds up line by line, and a form of answer has one of three shapes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.message import ImagePart, Message, ResponseFormat, TextPart, Usage, response_format, total

TOKENS = st.integers(0, 10**9)
USAGES = st.lists(st.builds(Usage, TOKENS, TOKENS, TOKENS, TOKENS, TOKENS, st.booleans()), max_size=6)
SCHEMA = {"type": "object"}


def test_the_text_of_a_message_leaves_images_out() -> None:
    parts = (TextPart("a"), ImagePart("https://example.org/x.png"), TextPart("b"))

    assert Message("user", parts).text == "ab"
    assert Message("user", "plain").text == "plain"


@given(USAGES)
def test_a_total_is_the_sum_of_disjoint_lines(usages: list[Usage]) -> None:
    summed = total(usages)

    assert summed.total_tokens == sum(usage.total_tokens for usage in usages)
    assert summed.prompt_tokens + summed.completion_tokens == summed.total_tokens
    assert summed.estimated == any(usage.estimated for usage in usages)


@given(USAGES, USAGES)
def test_totals_of_totals_are_totals(left: list[Usage], right: list[Usage]) -> None:
    assert total([total(left), total(right)]) == total([*left, *right])


@pytest.mark.parametrize("raw", [None, {"type": "text"}])
def test_plain_text_asks_for_nothing(raw: dict[str, object] | None) -> None:
    assert response_format(raw) is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"type": "json_object"}, ResponseFormat("json_object")),
        (
            {"type": "json_schema", "json_schema": {"schema": SCHEMA}},
            ResponseFormat("json_schema", "answer", SCHEMA),
        ),
        (
            {"type": "json_schema", "json_schema": {"schema": SCHEMA, "name": "n", "strict": True}},
            ResponseFormat("json_schema", "n", SCHEMA, strict=True),
        ),
    ],
)
def test_json_and_schemas_are_understood(raw: dict[str, object], expected: ResponseFormat) -> None:
    assert response_format(raw) == expected


@pytest.mark.parametrize(
    "raw", [{}, {"type": "xml"}, {"type": "json_schema"}, {"type": "json_schema", "json_schema": {"schema": 1}}]
)
def test_any_other_shape_is_refused_by_its_field(raw: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        response_format(raw, field="params.response_format")

    assert refused.value.field == "params.response_format"
