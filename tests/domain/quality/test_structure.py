"""Long answers are divided, short ones need not be, and parts are counted once."""

from app.domain.quality.dimension import Finding, Unmeasured
from app.domain.quality.structure import sections, structure
from tests.domain.quality.working import work

RUN = "the price is what it is and so on " * 40


def test_a_short_answer_needs_no_parts() -> None:
    assert structure(work("It is so.")) == Unmeasured("short enough to need no parts")


def test_a_long_answer_in_one_piece_has_none_and_a_divided_one_all() -> None:
    divided = "\n\n".join("the price is what it is and so on " * 5 for _ in range(8))

    found = [structure(work(text)) for text in (RUN, divided)]

    assert [each.points for each in found if isinstance(each, Finding)] == [0, 100]


def test_headings_are_counted_once_and_items_without_them() -> None:
    assert sections(work("# One\nIt is.\n# One\nIt is.\n**Two**\nIt was.")) == 2
    assert sections(work("- one\n- two\n- three")) == 3
    assert sections(work('{"a": "x", "b": "y"}')) == 2
