"""A file of inputs is read as a whole, or refused with every broken row named."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.comparison.comparison import Scoring
from app.domain.errors import Invalid
from app.services.comparing import uploads


def test_a_csv_holds_values_references_and_labels() -> None:
    found = uploads.parse("csv", 'question,tone,reference,label\n"What, now?",dry,7,easy\n\nWhy,warm,,\n')

    assert [(each.number, dict(each.values), each.reference, each.label) for each in found] == [
        (0, {"question": "What, now?", "tone": "dry"}, "7", "easy"),
        (1, {"question": "Why", "tone": "warm"}, None, None),
    ]


def test_tabs_and_a_byte_order_mark_are_read_too() -> None:
    found = uploads.parse("csv", "\ufeffprompt\treference\r\nhi\tyes\r\n")

    assert [(dict(each.values), each.reference) for each in found] == [({"prompt": "hi"}, "yes")]


def test_jsonl_holds_names_beside_each_other_or_inside_values() -> None:
    lines = [
        {"prompt": "hi", "reference": 7, "label": "easy"},
        {"values": {"a": [1, 2]}, "reference": {"x": 1}},
    ]

    found = uploads.parse("jsonl", "\n".join(map(json.dumps, lines)) + "\n\n")

    assert [(dict(each.values), each.reference, each.label) for each in found] == [
        ({"prompt": "hi"}, "7", "easy"),
        ({"a": [1, 2]}, '{"x":1}', None),
    ]


def test_every_broken_row_is_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        uploads.parse("csv", "prompt,reference\nhi,yes,more\nfine,yes\n,no\n")

    assert refused.value.field == "upload.content"
    assert "line 2: 3 cells" in refused.value.message
    assert "line 4: no value" in refused.value.message


def test_rows_that_cannot_be_scored_are_named_with_the_broken_ones() -> None:
    content = "prompt,reference\nhi,1\nno reference,\nhi,none,more\n\nhi,none\n"

    with pytest.raises(Invalid) as refused:
        uploads.read("csv", content, scoring=Scoring("first_integer"))

    assert refused.value.field == "upload.content"
    assert refused.value.message == (
        "line 3: reference missing; line 4: 3 cells, and the header names 2; "
        "line 6: reference: a whole number is expected"
    )


def test_one_reference_for_all_needs_none_in_a_file() -> None:
    assert len(uploads.read("csv", "prompt\na\nb\n", scoring=Scoring("exact", expected="yes"))) == 2
    assert len(uploads.read("csv", "prompt\na\n", scoring=Scoring("regex", expected="("))) == 1  # told with the rule


def test_of_many_broken_rows_the_first_are_named_and_all_are_counted() -> None:
    with pytest.raises(Invalid) as refused:
        uploads.parse("jsonl", "\n".join("[]" for _ in range(50)))

    assert refused.value.message.count("line ") == 20
    assert "50 broken rows in all" in refused.value.message


@pytest.mark.parametrize(
    ("format", "content", "says"),
    [
        ("csv", "", "no row"),
        ("csv", "prompt\n", "no row"),
        ("csv", "reference,label\n1,2\n", "no column holds values"),
        ("csv", "prompt;reference\n1;2\n", "line 1: no known column; commas or tabs"),
        ("csv", "a,a\n1,2\n", "stands twice"),
        ("csv", "a,\n1,2\n", "no name"),
        ("csv", 'a\n"unended\n', "line"),
        ("csv", f"a\n{'x' * 100_001}\n", "100000 characters"),
        ("csv", "a,label\n1," + "x" * 256 + "\n", "label"),
        ("jsonl", "{}", "no value"),
        ("jsonl", '{"prompt": "a", "label": 1}', "the label is a text"),
        ("jsonl", '{"values": {"a": 1}, "b": 2}', "beside values"),
        ("jsonl", '{"prompt": "a", "reference": "\\u0000"}', "NUL"),
        ("jsonl", '{"prompt": NaN}', "no JSON"),
        ("jsonl", '{"prompt": "\\ud800"}', "no JSON"),
        ("jsonl", "\n".join('{"prompt": "a"}' for _ in range(10_001)), "10000 rows"),
    ],
)
def test_what_cannot_be_meant_is_refused(format: uploads.Format, content: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        uploads.parse(format, content)


@given(some.sampled_from(("csv", "jsonl")), some.text(max_size=300))
def test_any_text_is_read_or_refused(format: uploads.Format, content: str) -> None:
    with suppress(Invalid):
        found = uploads.parse(format, content)

        assert [each.number for each in found] == list(range(len(found)))
        assert all(each.values for each in found)
