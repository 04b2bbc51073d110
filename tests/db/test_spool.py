"""The spool gives back what was put in, up to the first record that is torn."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.spool import Spool, records
from app.domain.errors import StoreUnavailable


def test_records_come_back_in_order_from_a_file_taken_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for payload in (b"one", b"", b"three"):
        spool.append(payload)

    (path,) = spool.take()

    assert list(records(path)) == [b"one", b"", b"three"]
    assert spool.take() == [path]


@given(kept=st.integers(0, 60))
def test_a_torn_tail_is_left_out_and_what_stands_before_it_stays(
    tmp_path_factory: pytest.TempPathFactory, kept: int
) -> None:
    spool = Spool(tmp_path_factory.mktemp("spool"))
    payloads = [b"a" * 10, b"b" * 10, b"c" * 10]
    for payload in payloads:
        spool.append(payload)
    (path,) = spool.take()
    path.write_bytes(path.read_bytes()[:kept])

    assert list(records(path)) == payloads[: kept // 18]


def test_a_damaged_record_is_not_believed(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(b"truth")
    (path,) = spool.take()
    path.write_bytes(path.read_bytes().replace(b"truth", b"rumor"))

    assert list(records(path)) == []


def test_what_is_appended_after_a_take_waits_for_the_next_one(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(b"early")
    (first,) = spool.take()
    spool.append(b"late")

    assert list(records(first)) == [b"early"]
    assert [list(records(path)) for path in spool.take()] == [[b"early"], [b"late"]]


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreUnavailable):
        Spool(tmp_path / "file" / "spool").append(b"x")


def test_only_the_owner_may_read_what_waits(tmp_path: Path) -> None:
    Spool(tmp_path / "spool").append(b"a prompt")

    assert (tmp_path / "spool").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "spool").iterdir())
