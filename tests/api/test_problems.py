"""Every failure has one status and one documented code, and tells nothing that the caller must not know."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.api import problems
from app.api.guard import public
from app.api.problems import HTTP, STATUSES
from app.domain import errors, run_errors

ROOT = Path(__file__).parents[2]
SECTION = re.compile(r"^## ([a-z-]+)\n\n(\d{3})\.", re.MULTILINE)
SECRET = "the user's secret prompt"


def kinds(root: type[errors.ModelMatchError] = errors.ModelMatchError) -> Iterator[type[errors.ModelMatchError]]:
    """The class and all that derive from it."""
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


@pytest.fixture
def broken() -> Flask:
    """An application whose one route fails in a way that nobody foresaw."""
    app = Flask("broken")

    @app.get("/fails")
    @public
    def fails() -> str:
        raise KeyError(SECRET)

    problems.register(app, {})
    return app


def test_every_error_has_a_status() -> None:
    ours = {kind for kind in kinds() if kind.__module__ in (errors.__name__, run_errors.__name__)}

    assert ours == set(STATUSES)


def test_every_code_is_documented_with_its_status() -> None:
    documented = {code: int(status) for code, status in SECTION.findall((ROOT / "docs/errors.md").read_text())}

    mapped = {kind.code: status for kind, (status, _) in STATUSES.items()}
    mapped |= {code: status for status, (code, _, _) in HTTP.items()}
    assert {code: documented.get(code) for code in mapped} == mapped


def test_every_finer_code_of_a_conflict_is_documented() -> None:
    documented = dict(SECTION.findall((ROOT / "docs/errors.md").read_text()))
    sources = "".join(path.read_text() for path in sorted((ROOT / "app").rglob("*.py")))

    finer = set(re.findall(r'\bcode="([a-z-]+)"', sources))

    assert "flow-active" in finer
    assert {code for code in finer if documented.get(code) != "409"} == set()


def test_a_defect_is_logged_under_the_request_and_told_without_any_of_it(
    broken: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = broken.test_client().get("/fails")

    assert (response.status_code, response.json["code"]) == (500, "internal-error")
    assert SECRET not in response.text
    assert "Traceback" not in response.text
    assert [record.getMessage() for record in caplog.records] == ["request_failed"]


def test_a_defect_in_the_middle_of_a_stream_is_its_last_item(caplog: pytest.LogCaptureFixture) -> None:
    def items() -> Iterator[str]:
        yield "first"
        raise KeyError(SECRET)

    heard = list(problems.until_failure(items(), lambda problem: problem.code, "request-7"))

    assert heard == ["first", "internal-error"]
    assert caplog.records[0].request_id == "request-7"


@pytest.mark.parametrize("given", ["abc-1.2_3", "A" * 128])
def test_a_good_request_id_is_kept(app: Flask, given: str) -> None:
    response = app.test_client().get("/health/live", headers={"X-Request-Id": given})

    assert response.headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "a b", "é", "x" * 129, "<script>"])
def test_a_bad_request_id_is_replaced(app: Flask, given: str) -> None:
    response = app.test_client().get("/health/live", headers={"X-Request-Id": given})

    assert re.fullmatch(r"[0-9a-f-]{36}", response.headers["X-Request-Id"])


def test_a_long_wait_that_the_vendor_asks_for_is_passed_on() -> None:
    limited = errors.ProviderRateLimited("wait", provider="x", retry_after_s=17.2)

    assert problems.of(limited).headers() == {"Retry-After": "17"}
