"""Any JSON within the limits is read as it is, and control characters are found wherever they hide."""

from typing import Any

import orjson
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest

from app.api import bodies
from app.domain.errors import Invalid

PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r"))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4),
    max_leaves=30,
)
CONTROL = [chr(code) for code in (*range(0x20), 0x7F) if chr(code) not in "\t\n\r"]
SERVER = Flask("bodies")


def read(raw: bytes) -> Any:
    """What `bodies.read` makes of the bytes."""
    with SERVER.test_request_context(method="POST", data=raw, content_type="application/json"):
        return bodies.read()


@given(VALUES)
def test_any_plain_json_is_read_as_it_is(value: object) -> None:
    assert read(orjson.dumps(value)) == value


@given(st.sampled_from(CONTROL), PLAIN, PLAIN)
def test_a_control_character_is_found_between_any_others(control: str, before: str, after: str) -> None:
    raw = orjson.dumps({"a": [{"b": before + control + after}]})

    with pytest.raises(Invalid) as refused:
        read(raw)

    assert refused.value.field == "a[0].b"


@pytest.mark.parametrize("escaped", [rb'"\u0000"', rb'"\u001f"', rb'"\b"', rb'"\u007F"', b'"\x7f"'])
def test_every_way_to_write_one_is_known(escaped: bytes) -> None:
    with pytest.raises(Invalid, match="control"):
        read(escaped)


@pytest.mark.parametrize("harmless", [rb'"\\u0000"', rb'"\\b"', rb'"\t\n\r"', rb'"\u0021"'])
def test_what_only_looks_like_one_is_text(harmless: bytes) -> None:
    assert read(harmless) == orjson.loads(harmless)


def test_depth_is_limited_and_breadth_is_not() -> None:
    deep = b'{"a":' * bodies.MAX_DEPTH + b"1" + b"}" * bodies.MAX_DEPTH

    assert read(deep)
    with pytest.raises(BadRequest):
        read(b"[" + deep + b"]")
    assert len(read(b"[" + b",".join([b"[]"] * 5_000) + b"]")) == 5_000
