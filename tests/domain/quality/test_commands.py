"""Commands and queries without a fence are told from sentences and from programs."""

import pytest

from app.domain.quality.commands import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ls -la | grep foo", "shell"),
        ("git commit -m 'x'", "shell"),
        ("for f in *; do echo $f; done", "shell"),
        ('for f in *.txt; do\n  echo "$f"\ndone', "shell"),
        ("find . -name '*.py'", "shell"),
        ("cat notes.txt | sort", "shell"),
        ("$ cd ..", "shell"),
        ("./run.sh --fast", "shell"),
        ("SELECT 1", "sql"),
        ("select count(*) from t", "sql"),
        ("SELECT a,\n  b\nFROM t\nWHERE c = 1\nORDER BY a;", "sql"),
        ("drop table users;", "sql"),
        ("git is a tool that keeps versions.", ""),
        ("python is good", ""),
        ("Select a file from the menu.", ""),
        ("SELECT THE NAMES FIRST AND THEN PRINT THEM", ""),
        ("it costs $5 and more", ""),
        ("the ratio a / b and c > d hold", ""),
        ("while the kettle boils; do the dishes", ""),
        ("x = 1\nprint(x)", ""),
        ("import os\nos.system('ls -la')", ""),
        ("let x = a - b;", ""),
        ("name: Ann\nage: 5", ""),
    ],
)
def test_a_language_is_told_by_its_lines(text: str, language: str) -> None:
    assert language_of(text.splitlines()) == language
