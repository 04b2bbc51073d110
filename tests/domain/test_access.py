"""A key opens what its scopes imply, until it ends or is revoked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.access import IMPLIED, SCOPES, ApiKey, digest
from tests.worlds import NOON

KEY = ApiKey("k1", "ci", "mm_12345", digest("secret"), ("run",), NOON)


@pytest.mark.parametrize(
    ("held", "opened"),
    [
        (("admin",), {"admin", "write", "run", "read"}),
        (("write",), {"write", "run", "read"}),
        (("run",), {"run"}),
        (("read",), {"read"}),
        (("run", "read"), {"run", "read"}),
        ((), set()),
    ],
)
def test_scopes_open_what_they_imply(held: tuple[str, ...], opened: set[str]) -> None:
    key = replace(KEY, scopes=held)

    assert {scope for scope in SCOPES if key.allows(scope)} == opened
    assert IMPLIED.keys() == set(SCOPES)


def test_a_key_is_valid_until_its_end_and_never_after_revocation() -> None:
    ending = replace(KEY, expires_at=NOON + timedelta(hours=1))

    assert KEY.valid(NOON + timedelta(days=999))
    assert ending.valid(NOON + timedelta(minutes=59))
    assert not ending.valid(NOON + timedelta(hours=1))
    assert not replace(KEY, revoked_at=NOON).valid(NOON)


def test_the_digest_is_sha_256() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
