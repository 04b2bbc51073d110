"""Every error has a status, a title and a section in docs/errors.md under its own code."""

import inspect
import re

import pytest

from app.api import problems
from app.domain import errors, run_errors
from app.domain.errors import Conflict, ModelMatchError
from tests.house.tree import ROOT, sources

CLASSES = [
    found
    for module in (errors, run_errors)
    for _, found in inspect.getmembers(module, inspect.isclass)
    if issubclass(found, ModelMatchError) and found is not ModelMatchError and found.__module__ == module.__name__
]
TEXT = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
SECTIONS = {title: body.strip() for title, body in re.findall(r"^## ([\w-]+)\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S)}
NAMED = re.compile(
    r'\bcode="([a-z-]+)"|\("([a-z]+(?:-[a-z]+)+|constraint)", (?:None|"\w+"), "[a-z]'
)  # raised at its place, or in a table of faults
CONFLICT_CODES = sorted({code for source in sources() for pair in NAMED.findall(source.text) for code in pair if code})


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_an_error_has_a_status_of_its_own(error: type[ModelMatchError]) -> None:
    assert error in problems.STATUSES


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_an_error_has_a_section_with_its_status(error: type[ModelMatchError]) -> None:
    assert error.code in SECTIONS
    assert SECTIONS[error.code].startswith(f"{problems.STATUSES[error][0]}. ")


@pytest.mark.parametrize("status", sorted(problems.HTTP))
def test_a_fault_of_http_itself_has_a_section(status: int) -> None:
    assert SECTIONS[problems.HTTP[status][0]].startswith(f"{status}. ")


@pytest.mark.parametrize("code", CONFLICT_CODES)
def test_a_conflict_that_names_its_rule_has_a_section(code: str) -> None:
    assert SECTIONS[code].startswith(f"{problems.STATUSES[Conflict][0]}. ")


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in CLASSES]

    assert sorted(codes) == sorted(set(codes))


def test_the_trees_at_the_top_of_the_files_name_every_error() -> None:
    drawn = [name for module in (errors, run_errors) for name in re.findall(r"[├└]── (\w+)", module.__doc__ or "")]

    assert sorted(drawn) == sorted(error.__name__ for error in CLASSES)


def test_every_section_belongs_to_an_error() -> None:
    known = (
        {error.code for error in (ModelMatchError, *CLASSES)}
        | {code for code, _, _ in problems.HTTP.values()}
        | set(CONFLICT_CODES)
    )

    assert sorted(set(SECTIONS) - known) == []


def test_only_this_tree_and_a_few_named_signals_are_raised() -> None:
    bases = re.compile(r"^class (\w+)\((?:\w*Exception|\w*Error)\):", re.M)
    found = {
        (source.path, name)
        for source in sources()
        if source.path not in ("app/domain/errors.py", "app/domain/run_errors.py")
        for name in bases.findall(source.text)
    }

    assert found <= {
        ("config.py", "SettingsInvalid"),  # stops the start, before there is a door
        ("app/api/problems.py", "Malformed"),  # carries a finished problem to the handler
        ("app/providers/tokens.py", "RanksDamaged"),  # the shipped file is not the one that was shipped
        ("app/services/jobs/held.py", "Later"),  # a handler has nothing to do yet; the worker alone hears of it
        ("app/services/authoring/trying.py", "_TakenBackError"),  # ends a trial that went well, and is caught there
        ("app/services/authoring/yaml_reading.py", "FilesInvalid"),  # every fault of a folder of files, by line
        ("app/services/prompts.py", "TooLong"),  # leaves the template engine and becomes PromptRunaway
        ("app/services/walking/walk.py", "Halted"),  # ends a comparison's walk, which alone raises and catches it
        ("app/services/toml_fields.py", "CatalogueInvalid"),  # stops the start, naming file and field
    }


def test_no_section_stands_twice() -> None:
    titles = re.findall(r"^## ([\w-]+)$", TEXT, re.M)

    assert sorted(titles) == sorted(set(titles))
