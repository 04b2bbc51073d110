"""Code is parsed by the grammar of its language, as a file or as a piece of one; its first fault has a line."""

import pytest

from app.domain.quality.parsing import Parsed
from app.services.grammars import GRAMMARS, parse
from app.services.quality import ScoreAsked, score

RIGHT = {
    "javascript": "const add = (a, b) => a + b;\nfunction shown(x) { return <b>{x}</b>; }",
    "go": "package main\n\nfunc add(a int, b int) int {\n\treturn a + b\n}",
    "java": "class Sum {\n  int add(int a, int b) { return a + b; }\n}",
    "rust": "fn add(a: i32, b: i32) -> i32 {\n    a + b\n}",
    "c": "int add(int a, int b) {\n  return a + b;\n}",
    "cpp": "template <typename T>\nT add(T a, T b) { return a + b; }",
    "csharp": "class Sum {\n  public int Add(int a, int b) => a + b;\n}",
    "ruby": "def add(a, b)\n  a + b\nend",
    "php": "function add($a, $b) {\n  return $a + $b;\n}",
    "css": "a:hover {\n  color: red;\n}",
}
WRONG = {
    "javascript": "const one = 1;\nfunction add(a, b {\n  return a + b;\n}",
    "go": "package main\n\nfunc add(a int, b int int {\n\treturn a + b\n}",
    "java": "class Sum {\n  int add(int a int b) { return a + b; }\n}",
    "rust": "fn add(a: i32, b: i32) -> i32 {\n    let = a + b\n}",
    "c": "int add(int a, int b {\n  return a + b;\n}",
    "cpp": "template <typename T\nT add(T a, T b) { return a + b; }",
    "csharp": "class Sum {\n  public int Add(int a, int b => a + b;\n}",
    "ruby": "def add(a, b)\n  a + b\n",
    "php": "function add($a, $b {\n  return $a + $b;\n}",
    "css": "a:hover {\n  color: red;\n",
}


@pytest.mark.parametrize("language", RIGHT)
def test_right_code_parses_and_wrong_code_has_a_line(language: str) -> None:
    assert parse(language, RIGHT[language]) == Parsed()

    found = parse(language, WRONG[language])

    assert found is not None
    assert found.line is not None
    assert 1 <= found.line <= WRONG[language].count("\n") + 1


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("go", 'x := 1\nfmt.Println("x", x)'),
        ("java", "public int add(int a, int b) { return a + b; }"),
        ("javascript", "let total: number = 1;"),
        ("javascript", "const total = <number>value;"),
        ("rust", "let total = 1 + 2;"),
        ("csharp", "var total = 1 + 2;\nConsole.WriteLine(total);"),
        ("c", "std::vector<int> all;"),
        ("php", "<p>Hello</p>\n<?php\necho 'one';"),
    ],
)
def test_a_piece_of_a_file_is_right_where_it_may_stand(language: str, source: str) -> None:
    assert parse(language, source) == Parsed()


def test_every_grammar_has_code_to_parse() -> None:
    assert GRAMMARS.keys() - RIGHT.keys() == {"php in a page"}


def test_a_language_without_a_grammar_is_not_judged() -> None:
    assert parse("cobol", "ADD 1 TO X.") is None


def test_code_that_closes_and_does_not_parse_scores_no_syntax() -> None:
    def points(source: str) -> float:
        found = score(ScoreAsked(f"```go\n{source}\n```", rubric="code_generation"))
        return next(each.points for each in found.dimensions if each.name == "syntax")

    assert points("func add(a int) int { return a + 1 }") == 100.0
    assert points("func add(a int) int { return return a + }") == 0.0


def test_a_long_hostile_text_is_read_without_end_in_sight() -> None:
    assert parse("javascript", "(" * 50_000) is not None
    assert parse("cpp", "a<" * 25_000) is not None
