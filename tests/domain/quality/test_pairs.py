"""Lines of name and value are told from words around them, and from JSON that is broken."""

import pytest

from app.domain.quality.pairs import is_pair, pairs_of, value_of


@pytest.mark.parametrize(
    ("text", "values", "others"),
    [
        ("name: Ann\nage: 5", {"name": "Ann", "age": "5"}, 0),
        ("- **Name:** Ann\n- **Age**: 5", {"Name": "Ann", "Age": "5"}, 0),
        ("```yaml\nname: Ann\n```", {"name": "Ann"}, 0),
        ("skills:\n  - sewing\n  - law\nage:5", {"skills": "sewing law", "age": "5"}, 0),
        ("Here you are.\nname: Ann", {"name": "Ann"}, 1),
        ("Here are the data:\n- name: Ann", {"name": "Ann"}, 1),
        ("tags: [a, b]", {"tags": "[a, b]"}, 0),
        ("There is nothing in it.", {}, 1),
        ("http://example.com", {}, 1),
        ('{\n"name": "Ann",\n"age": ', {}, 0),
        ('Here: {"name": "Ann"', {}, 1),
        ("What I think of all that you said is: much", {}, 1),
        ("", {}, 0),
    ],
)
def test_names_and_values_are_read_line_by_line(text: str, values: dict[str, str], others: int) -> None:
    found = pairs_of(text)

    assert dict(found.values) == values
    assert found.others == others


def test_a_line_of_name_and_value_is_told() -> None:
    assert is_pair("age: 5")
    assert value_of("age: 5") == "5"
    assert not is_pair("It is so.")
    assert value_of("It is so.") == ""
