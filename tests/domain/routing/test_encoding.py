"""A prompt is encoded once for all experts."""

from app.domain.routing.encoding import encode
from app.domain.routing.features import NAMES
from tests.domain.routing.prompts import OPEN, OPTIONS


def test_a_prompt_with_options_is_known_by_them() -> None:
    assert encode(OPTIONS).has_options
    assert not encode(OPEN).has_options


def test_its_length_stands_beside_a_one() -> None:
    seen = encode(OPEN)

    assert seen.length.tolist() == [seen.dense[NAMES.index("characters")], 1.0]
