"""What callers and providers experience while a vendor misbehaves: every scenario of the fault bench."""

from collections.abc import Iterator

import pytest

from tests.faults.bench.every import every
from tests.faults.bench.stand import stand

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NAMES = [scenario.name for scenario in every()]


@pytest.fixture(scope="module")
def complaints(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """All chosen scenarios, run side by side on one server per setting, as most of their time is waiting."""
    chosen = {item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")}
    scenarios = [scenario for scenario in every() if scenario.name in chosen]
    with stand(scenarios, tmp_path_factory.mktemp("bench")) as bench:
        yield {report.scenario.name: "\n".join(report.complaints) for report in bench.run_all(scenarios)}


@pytest.mark.parametrize("name", NAMES)
def test_callers_and_providers_see_what_they_must(name: str, complaints: dict[str, str]) -> None:
    assert complaints[name] == ""


def test_every_scenario_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES)
