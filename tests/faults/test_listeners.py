"""A server that is asked to stop does not wait for those who listen to experiments."""

import http.client
import signal

import pytest

from app.db.uow import Store
from tests.faults.conftest import Prepared
from tests.faults.served import KEY, Served
from tests.services.made import make_use_case, start
from tests.worlds import opened

pytestmark = pytest.mark.slow


def test_a_stop_ends_streams_of_events(prepared: Prepared) -> None:
    store = Store(prepared.url)
    with opened(store, prepared.folder) as world, Served(prepared.url, prepared.folder) as server:
        make_use_case(world, "slow", weights={"a": 5000, "b": 5000})
        experiment = start(world, "slow")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        headers = {"Authorization": f"Bearer {KEY}", "Accept": "text/event-stream"}
        connection.request("GET", f"/api/v1/experiments/{experiment.id}/events", headers=headers)
        response = connection.getresponse()
        first = response.readline()

        code = server.stop(signal.SIGTERM)
        rest = response.read()  # a stream that is cut, not ended, raises IncompleteRead

        assert (first, code) == (b"retry: 2000\n", 0)
        assert b"event: error" not in rest
        connection.close()
    store.close()
