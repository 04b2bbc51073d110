"""The bound of a prompt's tokens holds for every text, and knows images and tools."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.message import ImagePart, Message, ModelRequest, TextPart, Tool
from app.domain.token_bound import EXACT_BYTES, PER_IMAGE, prompt_tokens
from app.providers import tokens


def said(*texts: str) -> ModelRequest:
    """A request of these turns."""
    return ModelRequest("m", tuple(Message("user", text) for text in texts))


@given(st.lists(st.text(max_size=200), min_size=1, max_size=5))
def test_no_short_prompt_has_more_tokens_than_the_bound(texts: list[str]) -> None:
    request = said(*(text.encode(errors="replace").decode() for text in texts))

    assert tokens.count_request(request) <= prompt_tokens(request)


def test_a_long_text_is_bound_at_half_of_its_bytes_beyond_the_exact_part() -> None:
    words = "A plain sentence about nothing much. " * 2_000

    bound = prompt_tokens(said(words))

    assert tokens.count_request(said(words)) < bound < EXACT_BYTES + len(words) // 2


def test_images_and_tools_count() -> None:
    plain = said("look")
    seen = ModelRequest("m", (Message("user", (TextPart("look"), ImagePart("https://example.com/a.png"))),))
    schema = {"type": "object", "properties": {"place": {"type": "string", "enum": ["a", "b"]}}}
    equipped = ModelRequest("m", plain.messages, tools=(Tool("weather", "Tells it.", schema),))

    assert prompt_tokens(seen) == prompt_tokens(plain) + PER_IMAGE
    assert tokens.count_request(equipped) <= prompt_tokens(equipped)
