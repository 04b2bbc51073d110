"""Numbers and names are looked up in the source as a reader would."""

from app.domain.quality.grounding import holds, known, particulars
from app.domain.quality.reading import read


def test_particulars_are_numbers_and_names_within_sentences() -> None:
    found = particulars(read("Today the mayor of Lund met Anna Berg. It cost 1,200 kronor and 3.5 hours."))

    assert found == {"lund", "anna", "berg", "1200", "3.5"}


def test_what_the_source_holds_is_found_without_endings_and_separators() -> None:
    words = known(read("Anna paid 1,200 kronor in Lund."))

    assert holds(words, "1200")
    assert holds(words, "anna's")
    assert not holds(words, "oslo")
