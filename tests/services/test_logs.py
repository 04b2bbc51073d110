"""A log line is one JSON object whose secrets are hidden."""

import logging
from collections.abc import Iterator

import orjson
import pytest

from app.services.logs import HIDDEN, configure


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Loggers as they were before."""
    root, own = logging.getLogger(), logging.getLogger("app")
    before = (root.handlers, root.level, own.level)
    yield
    root.handlers = before[0]
    root.setLevel(before[1])
    own.setLevel(before[2])


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """What was logged."""
    return [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_holds_event_level_logger_time_and_facts(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info")

    logging.getLogger("app.somewhere").info("call_done", extra={"call": "c1", "latency_ms": 5})

    (line,) = lines(capsys)
    assert {name: line[name] for name in ("event", "level", "logger", "call", "latency_ms")} == {
        "event": "call_done",
        "level": "info",
        "logger": "app.somewhere",
        "call": "c1",
        "latency_ms": 5,
    }
    assert str(line["timestamp"]).endswith("Z")


@pytest.mark.parametrize("name", sorted(HIDDEN))
def test_what_must_not_be_read_is_hidden(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure("info")

    logging.getLogger("app").warning("event", extra={name: "hunter2"})

    assert lines(capsys)[0][name] == "[hidden]"


def test_libraries_are_heard_from_warning_on(capsys: pytest.CaptureFixture[str]) -> None:
    configure("debug")

    logging.getLogger("urllib3").info("quiet")
    logging.getLogger("urllib3").warning("loud")
    logging.getLogger("app").debug("own")

    assert [line["event"] for line in lines(capsys)] == ["loud", "own"]


def test_an_exception_stands_in_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info")
    try:
        raise ValueError("why")
    except ValueError:
        logging.getLogger("app").exception("crashed")

    (line,) = lines(capsys)
    assert "ValueError: why" in str(line["exception"])
