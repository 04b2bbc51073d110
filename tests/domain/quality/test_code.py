"""Code is found in an answer, parsed or balanced, and judged by what is left out and by habits."""

import pytest

from app.domain.quality.balance import unbalanced
from app.domain.quality.code import checked, syntax
from app.domain.quality.code_blocks import around, blocks_of
from app.domain.quality.code_habits import documentation, gaps, practices


def fenced(language: str, source: str) -> str:
    return f"Here it is:\n```{language}\n{source}\n```\nThat is all."


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        (fenced("py", "x = 1"), ["python"]),
        (fenced("bash", "pip install x") + fenced("js", "let x = 1"), ["javascript"]),
        (fenced("bash", "pip install x"), ["shell"]),
        ("def f(a):\n    return a", [""]),
        ("sorted(names)", [""]),
        ("SELECT a FROM b WHERE c = 1", ["sql"]),
        ("ls -la | grep foo", ["shell"]),
        ("Select a file from the menu.", []),
        ("You should sort the names first, and then print them.", []),
        ("Let me explain: for every name there is one line", []),
        ("```python\nx = 1", ["python"]),
    ],
)
def test_code_is_told_from_words(text: str, languages: list[str]) -> None:
    assert [block.language for block in blocks_of(text)] == languages


def test_what_stands_around_the_code_is_told() -> None:
    assert around(fenced("py", "x = 1")).split("\n") == ["Here it is:", "", "", "That is all."]


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        ("python", "def f(a):\n    return a", "def f(a)\n    return a"),
        ("", "def f(a):\n    return a\n", "def f(a):\nreturn a\n"),
        ("json", '{"a": [1, 2]}', '{"a": [1, 2}'),
        ("javascript", "const f = (a) => { return `x${a}`; } // )", "const f = (a) => { return a;"),
        ("java", 'String s = "("; /* { */ call(s);', "call(s;"),
        ("sql", "SELECT (a) FROM b -- it's (", "SELECT (a FROM b"),
        ("shell", "echo $(date) # (", "echo $(date"),
        ("html", "<ul><li>a<li>b</ul><br>", "<div><span></div>"),
        ("go", 'func f() { print("a") }', 'func f() { print("a) }'),
    ],
)
def test_code_that_is_broken_has_fewer_points(language: str, good: str, bad: str) -> None:
    assert syntax(checked(fenced(language, good))).points == 100
    assert syntax(checked(fenced(language, bad))).points == 0


def test_of_several_blocks_the_sound_part_counts() -> None:
    found = syntax(checked(fenced("python", "x = 11") + fenced("python", "y = = ")))

    assert found.points == 50


def test_words_without_code_have_no_syntax() -> None:
    assert syntax(checked("I would sort the list.")).points == 0
    assert practices(checked("I would sort the list.")) is None


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_brackets_that_close_wrongly_are_told(language: str) -> None:
    assert unbalanced("(]", language) == "a bracket closes that was not opened"
    assert unbalanced("((", language) == "2 brackets are not closed"


SHORT = "def f(a):\n    return a"
BARE = "def f(a):\n    b = a\n    c = b\n    d = c\n    return d"
TOLD = 'def f(a):\n    """Say a."""\n    b = a\n    c = b\n    return c'
NOTED = "# Says a.\ndef f(a):\n    b = a\n    c = b\n    d = c\n    return d"


@pytest.mark.parametrize(
    ("source", "points"), [(TOLD, 100), (NOTED, 100), (BARE, 0), (f"{BARE}\n\n{TOLD.replace('f(', 'g(')}", 50)]
)
def test_longer_functions_say_what_they_do(source: str, points: float) -> None:
    found = documentation(checked(fenced("python", source)))

    assert found is not None
    assert found.points == points


def test_short_functions_explain_themselves() -> None:
    assert documentation(checked(fenced("python", SHORT))) is None


def test_more_comments_earn_nothing() -> None:
    more = TOLD.replace("    b = a\n", "    b = a\n" + "    # b is a\n" * 30)

    assert documentation(checked(fenced("python", more))) == documentation(checked(fenced("python", TOLD)))


def test_functions_of_other_languages_are_explained_by_comments() -> None:
    bare = "function f(a) {\n  let b = a;\n  b += 1;\n  return b;\n}"
    said = documentation(checked(fenced("js", f"// Adds one.\n{bare}")))
    silent = documentation(checked(fenced("js", bare)))

    assert said is not None
    assert silent is not None
    assert (said.points, silent.points) == (100, 0)


@pytest.mark.parametrize(
    "source",
    [
        "def f(a=[]):\n    return a",
        "try:\n    f()\nexcept:\n    g()",
        "try:\n    f()\nexcept Exception:\n    pass",
        "x = eval(y)",
        "from os import *",
        "if x == None:\n    y()",
        "api_key = 'sk-1234567890'",
        "run('SELECT * FROM t WHERE a = ' + b)",
        "x = 1  # " + "y" * 200,
        "def f():\n" + "    x = 1\n" * 70,
    ],
)
def test_a_bad_habit_costs_a_quarter(source: str) -> None:
    found = practices(checked(fenced("python", source)))

    assert found is not None
    assert found.points == 75


@pytest.mark.parametrize(
    "source",
    ["def f(a=None):\n    return a", "x = eval('1')", "api_key = os.environ['API_KEY']", "password = '<secret>'"],
)
def test_what_only_looks_like_a_bad_habit_costs_nothing(source: str) -> None:
    found = practices(checked(fenced("python", source)))

    assert found is not None
    assert found.points == 100


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("def f():\n    pass", 1),
        ("def f():\n    ...\n\ndef g():\n    raise NotImplemented", 2),
        ("x = 1\n# ... rest of the code here", 1),
        ("x = 1\n# your logic here", 1),
        ("class Wrong(Exception):\n    pass", 0),
        ("def f():\n    return 1", 0),
    ],
)
def test_parts_that_are_left_out_are_counted(source: str, count: int) -> None:
    assert gaps(checked(fenced("python", source))) == count
