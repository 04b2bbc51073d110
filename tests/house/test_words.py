"""Each thing has one name, everywhere; and nothing unfinished, private to one machine, or silenced is left behind."""

import ast
import re
from collections.abc import Iterator

from app.db.tables import metadata
from tests.house.tree import ROOT, Named, Source, files, names, sources

# What the glossary's words are never called. Missing on purpose: `job`, which is work that waits for a worker.
FORBIDDEN = [
    "task_type",
    "project",
    "workflow",
    "pipeline",
    "variant",
    "strategy",
    "stage",
    "node",
    "engine",
    "deployment",
    "client",
    "backend",
    "plan",
    "subject",
    "assignment",
    "metric",
    "request_log",
    "result",
    "conversion",
    "stat",
    "quota",
    "template",
]
# Where such a word is somebody else's name, or another thing. The name, and why it stands.
ALLOWED = {
    r"app/db/.*|app/wiring\.py": {"engine": "SQLAlchemy's Engine"},
    r"app/db/types\.py": {"result": "SQLAlchemy's hook of a column type"},
    r"app/providers/.*": {"client": "the vendor's SDK calls itself so"},
    r"app/cli/demo\w*\.py": {"client": "the demo speaks HTTP to the service, as a client does"},
    r"app/(services|db|api|cli)/(tasks|model_payloads|models)\.py": {"assignment": "a task is assigned to a model"},
    r"app/(domain|services)/(rollout\w*|forms?)\.py": {"metric": "the feedback that is an experiment's reward"},
    r"app/\w+/(ab\w*(/\w+)?|baselines|feedback|tables_ab|tables_facts)\.py": {
        "metric": "what an A/B test measures of a unit",
        "plan": "what an A/B test would take, before it begins",
    },
    r"app/(\w+/)+(auto|rout|recommend|judging)\w*(/\w+)?\.py|app/domain/auto\.py": {
        "strategy": "how the router picks a model"
    },
    r"app/(domain|services)/\w+\.py": {"plan": "the allocator's plan of its next weights, a value that is not a route"},
}
COLUMNS = {  # where one of them is the name of a column, and why
    ("ab_values", "metric"): "what an A/B test measures of a unit",
    ("ab_sums", "metric"): "likewise",
    ("feedback", "metric"): "the name under which a number is reported",
    ("routes", "strategy"): "how the router picked a model",
}
UNFINISHED = re.compile(
    r"\b(?:TODO|FIXME|XXX|HACK)\b|\bfor now\b|NotImplementedError|pragma: no cover|\bskipif\b|mark\.skip"
)
SCORED = ("benchmarks/abstats_impl.py", "tests/benchmarks/test_abstats_impl.py")
MACHINES = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/\w|(?<![\w.])/tmp/\w")
REGISTRIES = re.compile(
    r"pypi\.org/simple|pythonhosted|--(?:extra-)?index-url|artifactory|/nexus/|registry\.npmjs", re.I
)
SILENCED = re.compile(
    r"# noqa(?!: [A-Z]+\d+\b.*(?:#| - )\s*\w)|# type: ignore(?!\[[\w,-]+\]\s+# \w)|# nosec(?! B\d+ \w)"
)
BROAD = {
    "app/services/tick.py",
    "app/api/problems.py",
    "app/api/pump.py",
    "app/services/jobs/performing.py",  # one job must not stop the others
    "app/services/jobs/worker.py",  # a beat of its own
    "app/services/publishing.py",  # likewise
    "app/services/batches/asking.py",  # one line must not stop the others
    "app/services/comparing/errands.py",  # raises it where it is waited for
    "app/services/walking/walker.py",  # likewise
    "app/services/walking/fanning.py",
    "app/providers/registry.py",  # a stranger's code, as in the next three
    "app/services/plugins/found.py",
    "app/services/plugins/isolation.py",
    "app/services/routing/own_scorer.py",
}
ITSELF = "tests/house/test_words.py"


def wrong(word: str) -> str | None:
    """The forbidden name inside an identifier or path, singular, if there is one."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower().replace("-", "_").replace("/", "_").split("_")
    singular = {part.removesuffix("s") for part in parts} | set(parts)
    joined = "_".join(parts)
    return next((name for name in FORBIDDEN if name in singular or ("_" in name and name in joined)), None)


def allowed(path: str, name: str) -> bool:
    """Whether that word may stand in that file."""
    return any(name in words and re.fullmatch(where, path) for where, words in ALLOWED.items())


def misnamed(source: Source) -> Iterator[tuple[Named, str]]:
    """What the file gives a forbidden name to."""
    for named in names(source):
        word = wrong(named.name)
        if word and not allowed(source.path, word):
            yield named, word


def lines(pattern: re.Pattern[str]) -> list[str]:
    """Where the pattern stands in any file but this one."""
    return [
        f"{path.relative_to(ROOT).as_posix()}:{number}"
        for path in files()
        if path != ROOT / ITSELF
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_bears_a_name_that_the_glossary_forbids() -> None:
    found = [
        f"{source.path}:{named.line} {named.kind} {named.name}: {word}"
        for source in sources()
        for named, word in misnamed(source)
    ]

    assert found == []


def test_no_table_or_column_bears_a_forbidden_name() -> None:
    stored = [(table.name, column.name) for table in metadata.tables.values() for column in table.columns]

    assert stored
    assert {pair for pair in stored if wrong(pair[0]) or wrong(pair[1])} == COLUMNS.keys()


def test_no_file_bears_a_forbidden_name() -> None:
    found = [
        source.path for source in sources() if (word := wrong(source.path[:-3])) and not allowed(source.path, word)
    ]

    assert found == []


def test_every_allowed_word_is_still_needed() -> None:
    needed = {(wrong(named.name), source.path) for source in sources() for named in names(source)}
    needed |= {(wrong(source.path[:-3]), source.path) for source in sources()}

    spare = [
        (where, word)
        for where, words in ALLOWED.items()
        for word in words
        if not any(word == found and re.fullmatch(where, path) for found, path in needed)
    ]

    assert spare == []


def test_the_glossary_names_every_word() -> None:
    glossary = ast.get_docstring(ast.parse((ROOT / "app/domain/__init__.py").read_text(encoding="utf-8"))) or ""
    words = [
        "Use case",
        "Flow",
        "Step",
        "Model",
        "Provider",
        "Choice",
        "Route",
        "Task",
        "Unit",
        "Session",
        "Run",
        "Call",
        "Feedback",
        "Evidence",
        "Experiment",
        "Arm",
        "Move",
        "Comparison",
        "Budget",
        "Preset",
    ]

    assert [word for word in words if not re.search(rf"^{word} ", glossary, re.M)] == []


def test_nothing_is_left_unfinished() -> None:
    """Scorers of reference cases are told by one of these words that a computation is not offered; that is no gap."""
    told = [line for line in lines(re.compile("NotImplementedError")) if line.partition(":")[0] in SCORED]

    assert sorted(set(lines(UNFINISHED)) - set(told)) == []


def test_no_file_names_a_place_on_one_machine() -> None:
    assert lines(MACHINES) == []


def test_no_file_names_a_package_index() -> None:
    assert lines(REGISTRIES) == []


def test_no_check_is_silenced_without_code_and_reason() -> None:
    assert lines(SILENCED) == []


def test_only_the_command_line_prints() -> None:
    found = [
        f"{source.path}:{node.lineno}"
        for source in sources()
        if not source.path.startswith("app/cli/")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]

    assert found == []


def test_only_the_beat_and_the_last_handler_catch_everything() -> None:
    found = {
        f"{source.path}:{node.lineno}"
        for source in sources()
        if source.path not in BROAD
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or {"Exception", "BaseException"} & {getattr(n, "id", "") for n in ast.walk(node.type)})
    }

    assert sorted(found) == []
