"""Patterns and schemas of strangers are used as they say; none of them holds the server up or makes it fetch."""

import pytest

from app.domain.errors import Invalid
from app.services.comparing.checks import MOST_TEXT, allows, finds


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"[A-Z]{2}-\d{3}\b", "code: AB-123", True),
        (r"[A-Z]{2}-\d{3}\b", "code: AB-12", False),
        ("(?i)yes", "YES", True),
        ("^a$", "b\na", False),
        ("(?m)^a$", "b\na", True),
        ("é+", "caféé", True),
        ("", "", True),
    ],
)
def test_a_pattern_is_found_anywhere(pattern: str, text: str, found: bool) -> None:
    assert finds(pattern, text) is found


def test_a_pattern_made_to_take_years_is_searched_for_at_once() -> None:
    assert not finds("(a+)+$", "a" * 50_000 + "b")
    assert not finds("(a|aa)*c", "a" * 50_000)


def test_only_the_beginning_of_a_long_text_is_searched() -> None:
    assert finds("z", "a" * (MOST_TEXT - 1) + "z")
    assert not finds("z", "a" * MOST_TEXT + "z")


@pytest.mark.parametrize("pattern", ["(a", "(?=a)", r"(a)\1", "a{2000}", "a" * 1_001])
def test_what_cannot_be_searched_for_is_refused(pattern: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Invalid):
        finds(pattern, "a")

    assert capfd.readouterr().err == ""  # the library does not tell anybody what the pattern was


@pytest.mark.parametrize(
    ("schema", "value", "allowed"),
    [
        (True, 1, True),
        (False, 1, False),
        ({"type": "object", "required": ["a"]}, {"a": 1}, True),
        ({"type": "object", "required": ["a"]}, {"b": 1}, False),
        ({"$ref": "#/$defs/n", "$defs": {"n": {"type": "integer"}}}, 3, True),
        ({"$ref": "#/$defs/n", "$defs": {"n": {"type": "integer"}}}, "3", False),
        ({"pattern": "^(a+)+$"}, "a" * 20_000 + "b", False),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}]}, [1], False),
    ],
)
def test_a_schema_allows_or_does_not(schema: object, value: object, allowed: bool) -> None:
    assert allows(schema, value) is allowed


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "text"},
        {"minimum": "1"},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "file:///etc/hostname"},
        {"$ref": "#/nowhere"},
        {"pattern": "(?=a)"},
        [1],
        "text",
    ],
)
def test_what_is_no_schema_or_leads_elsewhere_is_refused(schema: object) -> None:
    with pytest.raises(Invalid):
        allows(schema, "a")
