"""The file gives the last snapshot back, or nothing: never half of one, never that of another store."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import flows, use_cases
from app.db.snapshot import Snapshot, load
from app.db.snapshot_file import SnapshotFile
from app.db.uow import Store
from app.domain.flow import RunLimits
from tests.db import makers
from tests.db.test_steps import FULL


@pytest.fixture
def snapshot(store: Store) -> Snapshot:
    owner, _ = makers.seeded(store, flow_count=2)
    makers.open_epoch(store, owner)
    with store.read() as tx:
        return load(tx)


def test_what_was_written_last_comes_back(snapshot: Snapshot, tmp_path: Path) -> None:
    file = SnapshotFile(tmp_path / "var/snapshot.json", store="one")
    assert file.read() is None

    for _ in range(2):
        file.write(snapshot)
    kept = file.read()

    assert kept is not None
    assert kept.snapshot == snapshot
    assert kept.age_s < 60
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["snapshot.json"]


def test_all_that_steps_and_limits_say_comes_back(store: Store, tmp_path: Path) -> None:
    owner = makers.use_case()
    limits = RunLimits(deadline_s=3, max_cost=4)
    with store.write() as tx:
        use_cases.add(tx, owner)
        flows.add(tx, makers.flow(owner, steps=(FULL,), limits=limits))
    with store.read() as tx:
        whole = load(tx)

    file = SnapshotFile(tmp_path / "snapshot.json", store="one")
    file.write(whole)
    kept = file.read()

    assert kept is not None
    (flow,) = kept.snapshot.flows[owner.id]
    assert (flow.steps, flow.limits) == ((FULL,), limits)


def test_only_the_owner_may_read_it(snapshot: Snapshot, tmp_path: Path) -> None:
    SnapshotFile(tmp_path / "snapshot.json", store="one").write(snapshot)

    assert (tmp_path / "snapshot.json").stat().st_mode & 0o077 == 0


def test_that_of_another_store_is_not_served(snapshot: Snapshot, tmp_path: Path) -> None:
    SnapshotFile(tmp_path / "snapshot.json", store="one").write(snapshot)

    assert SnapshotFile(tmp_path / "snapshot.json", store="two").read() is None


def test_that_of_another_format_is_not_served(snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    SnapshotFile(path, store="one").write(snapshot)
    head, _, body = path.read_bytes().partition(b"\n")

    path.write_bytes(json.dumps({**json.loads(head), "format": 2}).encode() + b"\n" + body)

    assert SnapshotFile(path, store="one").read() is None


@given(at=st.floats(0, 1, exclude_max=True), cut=st.booleans())
def test_a_damaged_file_counts_as_none(tmp_path_factory: pytest.TempPathFactory, at: float, cut: bool) -> None:
    path = tmp_path_factory.mktemp("file") / "snapshot.json"
    empty = Snapshot(*(7 if name == "revision" else {} for name in Snapshot.__dataclass_fields__))  # type: ignore[arg-type]  # empty maps
    SnapshotFile(path, store="one").write(empty)
    whole = path.read_bytes()
    place = int(at * len(whole))

    path.write_bytes(whole[:place] if cut else whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])

    kept = SnapshotFile(path, store="one").read()
    assert kept is None or kept.snapshot == empty


def test_a_folder_that_cannot_be_written_to_leaves_what_was_there(snapshot: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(OSError, match="file"):
        SnapshotFile(tmp_path / "file/snapshot.json", store="one").write(snapshot)

    assert SnapshotFile(tmp_path / "file/snapshot.json", store="one").read() is None
