"""A file that wants more room is missing a noun."""

from statistics import median

from tests.house.tree import functions, sources

MEDIAN_LINES = 100
LARGEST_LINES = 350
FUNCTION_LINES = 40


def test_half_of_the_files_have_at_most_a_hundred_lines() -> None:
    assert median(len(source.lines) for source in sources()) <= MEDIAN_LINES


def test_no_file_is_larger_than_the_limit() -> None:
    found = {source.path: len(source.lines) for source in sources() if len(source.lines) > LARGEST_LINES}

    assert found == {}


def test_no_function_is_longer_than_the_limit() -> None:
    found = {
        f"{source.path}:{function.lineno} {function.name}": length
        for source in sources()
        for function in functions(source)
        if (length := (function.end_lineno or function.lineno) - function.lineno + 1) > FUNCTION_LINES
    }

    assert found == {}
