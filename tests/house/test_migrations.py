"""Migrations are numbered one after the other and end in one head."""

import re

from alembic.script import ScriptDirectory

from tests.house.tree import ROOT

VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))


def script() -> ScriptDirectory:
    """The migrations as alembic reads them."""
    return ScriptDirectory(ROOT / "migrations")


def test_numbers_have_no_gap_and_no_double() -> None:
    numbers = [path.name.partition("_")[0] for path in VERSIONS]

    assert numbers == [f"{position:04}" for position in range(1, len(VERSIONS) + 1)]


def test_a_file_is_named_by_its_revision() -> None:
    named = [re.search(r'^revision = "(\d{4})"$', path.read_text(encoding="utf-8"), re.M) for path in VERSIONS]

    assert [match and match[1] for match in named] == [path.name[:4] for path in VERSIONS]


def test_there_is_one_head_and_it_is_the_last_file() -> None:
    assert script().get_heads() == [VERSIONS[-1].name[:4]]


def test_each_migration_follows_the_one_before() -> None:
    chain = [revision.revision for revision in script().walk_revisions()]

    assert chain == [path.name[:4] for path in reversed(VERSIONS)]
