"""A fault names the field as the sender knows it, without pydantic's own words in the path."""

import pytest
from pydantic import ValidationError

from app.api.faults import MAX_FAULTS, faults_of
from app.api.flow_payloads import FlowIn
from app.api.messages import MessageIn
from app.api.payloads import Payload


def faults(model: type[Payload], given: object) -> list[str]:
    """Fields of all faults."""
    with pytest.raises(ValidationError) as refused:
        model.model_validate(given)
    return [fault.field for fault in faults_of(refused.value, given)]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"code": "a"}, "steps"),
        ({"code": "a", "steps": [{"code": "x", "prompt": "p"}]}, "steps[0].choice"),
        ({"code": "a", "steps": {"0": 1}}, "steps"),
        ({"code": "a", "steps": [], "odd name": 1}, "odd name"),
        ({"code": "a", "steps": [], "x" * 500: 1}, "x" * 100 + "…"),
        ("text", "body"),
    ],
)
def test_a_path_is_written_as_json_people_write_it(given: object, field: str) -> None:
    assert faults(FlowIn, given) == [field]


def test_a_part_of_a_message_is_named_without_the_name_of_its_type() -> None:
    given = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "ftp://x"}}]}

    assert faults(MessageIn, given) == ["content[0].image_url.url"]


def test_a_flood_of_faults_is_cut() -> None:
    given = {"code": "a", "steps": [], **{f"unknown{number}": 1 for number in range(500)}}

    assert len(faults(FlowIn, given)) == MAX_FAULTS


def test_no_message_repeats_what_was_sent() -> None:
    with pytest.raises(ValidationError) as refused:
        FlowIn.model_validate({"code": ["secret"], "steps": "secret", "title": {"secret": 1}})

    assert all("secret" not in fault.message for fault in faults_of(refused.value, {}))
