"""Every test runs offline, draws the same examples each time, and the report says which stores were left out."""

import gc
import os
import sys
from ipaddress import ip_address

import pytest
from hypothesis import HealthCheck, settings

from tests.browser.chromium import VARIABLE, chromium
from tests.stores import drop_spare

STORES = {
    "SQLite": None,
    "PostgreSQL": "TEST_DATABASE_URL",
    "Redis": "TEST_REDIS_URL",
}
# Whole processes; and, among what runs in one, the files that live whole lives on each store, or wait out an outage.
LIVES = (
    "api/test_switching",
    "db/test_migrate",
    "services/ab/test_rolling_out",
    "services/ab/test_tests",
    "services/authoring/test_applying",
    "services/batches/test_running",
    "services/batches/test_shipping",
    "services/comparing/test_own_budget",
    "services/comparing/test_ranking",
    "services/comparing/test_report",
    "services/jobs/test_worker",
    "services/test_ledger_away",
    "services/test_operating",
    "services/test_presets",
    "services/test_publishing",
    "services/test_rollout_life",
    "services/test_scoring_report",
    "services/test_scoring_weights",
    "services/test_versions",
)
TARGETS = {
    "tests/faults/": "race",
    "tests/cli/": "slow",
    "tests/browser/": "slow",
    **{f"tests/{name}.py": "slow" for name in LIVES},
}
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")

settings.register_profile(
    "ci", derandomize=True, max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", max_examples=2_000, deadline=None)
settings.load_profile(PROFILE)


class Online(RuntimeError):
    """A test spoke to another machine; not an OSError, so that no code takes it for an outage."""


def refuse_other_machines(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook of the interpreter: Python's own sockets reach this machine only. Raises Online."""
    if event not in {"socket.connect", "socket.sendto"}:
        return
    address = arguments[1]
    if isinstance(address, tuple) and not _loopback(str(address[0])):
        raise Online(f"tests are offline, and this one speaks to {address[0]}")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback or ip_address(host).is_unspecified
    except ValueError:
        return host in {"localhost", ""}


sys.addaudithook(refuse_other_machines)


def stores_line() -> str:
    """Which stores the tests run on, and which are left out for want of a variable."""
    tested = [name for name, variable in STORES.items() if variable is None or os.environ.get(variable)]
    left_out = [f"{name} ({variable} is not set)" for name, variable in STORES.items() if name not in tested]
    if chromium() is None:
        left_out.append(f"browser (no Chromium is installed, and {VARIABLE} is not set)")
    return f"stores: {', '.join(tested)}; left out: {', '.join(left_out) or 'none'}; examples: {PROFILE}"


def pytest_report_header() -> str:
    """The line at the start."""
    return stores_line()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The line at the end, which is shown however quiet the run is."""
    terminalreporter.write_line(stores_line(), yellow="left out: none" not in stores_line())


def pytest_collection_finish() -> None:
    """What was imported by now stays; without this the collector looks through it again and again."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Stores that the tests of this process shared are gone."""
    drop_spare()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Folders whose tests have a target of their own: races of real servers, and whole processes."""
    for item in items:
        for folder, mark in TARGETS.items():
            if folder in item.nodeid:
                item.add_marker(mark)
