"""A setting stands in three places, in one order and with one explanation: Settings, .env.example and README.md."""

import re
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from config import Settings
from tests.house.tree import ROOT, sources

EXAMPLE = re.compile(
    r"^# (?P<description>.+) \(default: (?P<default>[^()]+)\)\n(?P<name>[A-Z0-9_]+)=(?P<value>.*)$", re.M
)
ROW = re.compile(r"^\| `(?P<name>[A-Z0-9_]+)` \| (?P<default>.+?) \| (?P<description>.+) \|$", re.M)
UNITS = (
    "_s",
    "_ms",
    "_hours",
    "_days",
    "_bytes",
    "_chars",
    "_tokens",
    "_connections",
    "_usd",
    "_in_memory",
    "_entries",
    "_percent",
)
COUNTS = {
    "port",
    "workers",
    "threads",
    "queue_length",
    "job_threads",
    "shadow_threads",
    "shadow_queue_length",
    "call_attempts",
    "breaker_failures",
    "batch_max_lines",
}  # these are numbers of themselves


def default(field: FieldInfo) -> str:
    """The default as a person writes it; `none` for what is unset."""
    value = field.default
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


DECLARED = [(name.upper(), default(field), field.description) for name, field in Settings.model_fields.items()]


def test_the_example_explains_every_setting_in_the_order_of_the_code() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")

    found = [(match["name"], match["default"], match["description"]) for match in EXAMPLE.finditer(text)]

    assert found == DECLARED


def test_the_example_copied_as_it_stands_changes_nothing() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    variables = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", text, re.M))

    assert Settings.load(variables) == Settings.load({})


def test_the_readme_explains_every_setting_in_the_order_of_the_code() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    found = [(match["name"], match["default"].strip("`"), match["description"]) for match in ROW.finditer(text)]

    assert found == DECLARED


def test_every_number_names_its_unit() -> None:
    found = [
        name
        for name, field in Settings.model_fields.items()
        if field.annotation in (int, float) and not name.endswith(UNITS) and name not in COUNTS
    ]

    assert found == []


def test_every_key_is_kept_as_a_secret() -> None:
    keys = {name: field.annotation for name, field in Settings.model_fields.items() if name.endswith("_key")}

    assert keys
    assert {name for name, annotation in keys.items() if annotation != SecretStr | None} == set()


def test_every_setting_is_used_by_the_code() -> None:
    text = "".join(source.text for source in sources() if source.path != "config.py")
    catalogue = (ROOT / "app/catalogue/providers.toml").read_text(encoding="utf-8")

    found = [name for name in Settings.model_fields if name not in text and f'"{name.upper()}"' not in catalogue]

    assert found == []


def test_defaults_need_nothing_from_outside() -> None:
    chosen = Settings.load({})

    assert chosen.host == "127.0.0.1"
    assert chosen.database_url.startswith("sqlite:///var/")
    assert chosen.spool_dir == Path("var/spool")
