"""Whatever is sent, fitting or not, the API answers as its OpenAPI document says, and never with a defect."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import BaseSchema, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from app.api.routes import DOORS, register
from app.services.world import World
from tests.api.conftest import ADMIN

pytestmark = pytest.mark.slow
ROOM = 100_000_000  # the longest text of the description fits, so that its own limit is what refuses it
ENDLESS = {"/api/v1/events/feed"}  # stays open for a quarter of an hour, whatever it is asked
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module")
def described(world: World) -> BaseSchema:
    app = register(world, max_body_bytes=ROOM)
    return schemathesis.openapi.from_wsgi("/openapi.json", app)


@pytest.mark.parametrize(
    ("door", "mode"),
    [(door.name, GenerationMode.POSITIVE) for door in DOORS]
    + [(door.name, GenerationMode.NEGATIVE) for door in DOORS if door.name != "health"],  # health takes nothing
)
def test_every_route_keeps_to_its_description(described: BaseSchema, door: str, mode: GenerationMode) -> None:
    known = (found.ok() for found in described.include(tag=door).get_all_operations())
    operations = [operation for operation in known if operation.path not in ENDLESS]
    assert operations

    for operation in operations:

        @settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def keeps(case: Case) -> None:
            case.call_and_validate(headers={"X-Api-Key": ADMIN}, checks=CHECKS)

        keeps()
