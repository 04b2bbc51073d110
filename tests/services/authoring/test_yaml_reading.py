"""YAML is read as JSON is, with the line of every value, and whatever is more than that is refused by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.authoring.yaml_reading import FilesInvalid, path_of, read, told
from app.services.authoring.yaml_writing import dump

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",), include_characters="\t\n\r\x85"), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def refused(text: str) -> str:
    with pytest.raises(FilesInvalid) as caught:
        read(text, "a.yaml")
    return str(caught.value)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_whatever_is_written_reads_back_the_same(value: dict[str, object]) -> None:
    assert read(dump(value), "a.yaml").value == value


@pytest.mark.parametrize("text", ["no", "on", "2026-11-22", "12:30", "0x1f", "1_000", "1e3", "=", "<<", "0o17", "012"])
def test_what_looks_like_a_text_stays_one(text: str) -> None:
    assert read(f"a: {text}", "a.yaml").value == {"a": text}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: 1\nb: 2\na: 3", "a.yaml:3: a: this key stands twice"),
        ("a:\n  - b: 1\n    b: 2", "a.yaml:3: a[0].b: this key stands twice"),
        ("a: &x [1]\nb: *x", "a.yaml:1: anchors and aliases are not allowed; write the value out"),
        ("a: !!python/object/apply:os.system [x]", "a.yaml:1: a: a plain value is expected, without a tag"),
        ("a: !!binary aGk=", "a.yaml:1: a: a plain value is expected, without a tag"),
        ("? [1]\n: 2", "a.yaml:1: a key is a text"),
        ("a: 1\n---\nb: 2", "a.yaml:2: but found another document"),
        ("a: " + "[" * 50, "a.yaml:1: more than 40 values in each other"),
        ("a: \x00", "a.yaml:1: this is no YAML: a character that is not allowed"),
        ('a: "\\x01"', "a.yaml:1: a: control characters are not allowed"),
        ('a: "\\ud800"', "a.yaml:1: "),
        ('"\\0": 1', "a.yaml:1: control characters are not allowed"),
        ("a: 123456789012345678901234567890", "a.yaml:1: a: a plain value is expected, without a tag"),
    ],
)
def test_more_than_plain_values_is_refused_by_line(text: str, why: str) -> None:
    assert refused(text).startswith(why)


def test_a_prompt_of_several_lines_is_a_block() -> None:
    assert dump({"prompt": "Answer.\n\n{{ text }}\n"}) == "prompt: |\n  Answer.\n\n  {{ text }}\n"


def test_every_value_knows_its_line() -> None:
    document = read("a:\n  - b: 1\n    c:\n      - x\n      - y\n", "a.yaml")

    assert [document.line(path) for path in (("a",), ("a", 0, "b"), ("a", 0, "c", 1), ("a", 0, "absent"))] == [
        1,
        2,
        5,
        2,
    ]


@given(
    st.lists(st.from_regex(r"[a-z_]{1,8}", fullmatch=True) | st.integers(0, 99), min_size=1).filter(
        lambda p: isinstance(p[0], str)
    )
)
def test_a_path_reads_back_as_it_is_told(path: list[str | int]) -> None:
    assert path_of(told(tuple(path))) == tuple(path)
