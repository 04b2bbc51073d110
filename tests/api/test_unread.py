"""A body that nobody wanted is read all the same, or the answer says that the connection ends."""

import io
from dataclasses import replace
from typing import Any

import pytest

from app.api import unread
from app.api.routes import register
from app.services.admission import Admission
from app.services.world import World
from tests.api.conftest import MAX_BODY, Api

RAW = b'{"model": "simulated/small", "prompt": "hi"}'


def sent(api: Api, **given: Any) -> tuple[int, str | None, int]:
    """Status, what is said of the connection, and how many bytes of the body were read."""
    body = io.BytesIO(RAW)
    asked = {"content_type": "application/json", "content_length": len(RAW), **given}
    response = api.call("POST", "/generate", input_stream=body, **asked)
    return response.status_code, response.headers.get("Connection"), body.tell()


def test_a_body_that_was_wanted_leaves_the_connection_as_it_is(api: Api) -> None:
    assert sent(api) == (200, None, len(RAW))


def test_the_body_of_a_refused_request_is_read_to_its_end(api: Api) -> None:
    assert sent(api, content_type="text/plain") == (415, None, len(RAW))


def test_a_stranger_is_not_read_on_for(api: Api) -> None:
    assert sent(Api(api.client, "nobody's")) == (401, "close", 0)


def test_a_body_over_the_bound_is_read_up_to_it(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "DRAINED", 10)

    assert sent(api, content_type="text/plain") == (415, "close", 10)


def test_a_refused_body_of_unknown_length_ends_the_connection(api: Api) -> None:
    unstated = {"wsgi.input_terminated": True, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}

    assert sent(api, content_type="text/plain", environ_overrides=unstated) == (415, "close", 0)


def test_a_body_that_is_thrown_away_holds_no_place(world: World) -> None:
    admission, held = Admission(1, queue_length=0, timeout_s=5.0), list[int]()

    class Dribbling(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            held.append(admission.running)
            return super().read(size)

    app = register(replace(world, admission=admission), max_body_bytes=MAX_BODY)
    given = {"input_stream": Dribbling(RAW), "content_type": "text/plain", "content_length": len(RAW)}
    response = Api(app.test_client()).call("POST", "/generate", **given)

    assert (response.status_code, admission.running) == (415, 0)
    assert held
    assert set(held) == {0}


def test_a_request_without_a_body_has_nothing_to_read(api: Api) -> None:
    assert "Connection" not in Api(api.client, "nobody's").get("/use-cases").headers
