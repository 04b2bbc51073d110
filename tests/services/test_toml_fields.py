"""Fields take what they ask for and nothing else."""

import pytest

from app.services.toml_fields import CatalogueInvalid, Fields, read_toml


def test_absent_optional_fields_have_their_defaults() -> None:
    fields = Fields({}, "a table")

    assert fields.optional_text("title") is None
    assert fields.optional_number("temperature") is None
    assert fields.texts("aliases") == ()
    assert fields.tables("prices") == ()
    assert fields.flag("legacy", default=True) is True
    assert fields.text("description", "") == ""


def test_present_fields_are_given_as_they_stand() -> None:
    fields = read_toml('title = "x"\ntemperature = 0.7\naliases = ["a", "b"]\nlegacy = false', where="a file")

    assert fields.optional_text("title") == "x"
    assert fields.optional_number("temperature") == 0.7
    assert fields.texts("aliases") == ("a", "b")
    assert fields.flag("legacy", default=True) is False


def test_a_fault_names_table_and_field() -> None:
    with pytest.raises(CatalogueInvalid, match=r"^a table: title is missing$"):
        Fields({}, "a table").text("title")


def test_a_nested_table_knows_where_it_stands() -> None:
    [first, second] = Fields({"prices": [{}, {}]}, "model 'x'").tables("prices")

    assert (first.where, second.where) == ("model 'x', prices[0]", "model 'x', prices[1]")


def test_a_list_of_anything_but_tables_is_refused() -> None:
    with pytest.raises(CatalogueInvalid, match="prices must hold tables only"):
        Fields({"prices": [1]}, "a table").tables("prices")
