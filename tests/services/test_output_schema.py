"""An answer is JSON under its schema, or it is told where not, without a word of the answer."""

import pytest

from app.domain.errors import Invalid
from app.services.output_schema import LARGEST, check, violation

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 5},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
    },
    "required": ["name"],
    "patternProperties": {"^x": {"type": "integer"}},
    "additionalProperties": False,
}


@pytest.mark.parametrize("text", ['{"name": "Anna"}', ' {"name":"","tags":["a","b"],"x1":3}\n'])
def test_what_is_under_the_schema_is_no_violation(text: str) -> None:
    assert violation(text, PERSON) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Anna", "not JSON: line 1, column 1"),
        ('{"name":\n}', "not JSON: line 2, column 1"),
        ("", "not JSON: line 1, column 1"),
        ("[]", 'at $: type ["object"] does not hold'),
        ("{}", 'at $: required "name" does not hold'),
        ('{"name": 1}', 'at $.name: type ["string"] does not hold'),
        ('{"name": "secret"}', "at $.name: maxLength 5 does not hold"),
        ('{"name": "", "tags": ["a", "secret"]}', 'at $.tags[1]: enum ["a","b"] does not hold'),
        ('{"name": "", "secret": 1}', "at $: additionalProperties does not hold"),
        ('{"name": "", "xsecret": "1"}', 'at $.*: type ["integer"] does not hold'),
    ],
)
def test_a_violation_names_place_and_rule_and_no_value(text: str, told: str) -> None:
    assert violation(text, PERSON) == told


def test_an_answer_that_is_wrong_everywhere_is_told_in_a_few_words() -> None:
    told = violation("[" + ",".join(["1"] * 10_000) + "]", {"items": {"type": "string"}})

    assert told is not None
    assert len(told) < 500


def test_an_answer_that_goes_deep_is_checked_all_the_same() -> None:
    nested = {"$ref": "#/$defs/n", "$defs": {"n": {"type": "array", "items": {"$ref": "#/$defs/n"}}}}

    assert violation("[" * 900 + "]" * 900, nested) is None
    assert violation("[" * 900 + "1" + "]" * 900, nested) is not None
    assert violation("[" * 100_000, nested) is not None


def test_a_schema_may_refer_to_its_own_parts() -> None:
    check({"$ref": "#/$defs/n", "$defs": {"n": {"type": "integer"}}}, "steps[0].output_schema")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "text"},
        {"minimum": "1"},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "file:///etc/hostname"},
        {"$ref": "#/nowhere"},
        {"pattern": "(?=a)"},
        {"enum": ["x" * LARGEST]},
        {"const": 2**70},
        [1],
        True,
        "text",
    ],
)
def test_what_is_no_schema_or_leads_elsewhere_is_refused_at_its_place(schema: object) -> None:
    with pytest.raises(Invalid) as refused:
        check(schema, "steps[0].output_schema")

    assert refused.value.field == "steps[0].output_schema"
