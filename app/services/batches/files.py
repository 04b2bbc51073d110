"""Files of lines, uploaded before a batch is made of them; kept in parts, read in parts."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from app.db import batch_files as rows
from app.domain.batch import BatchFile
from app.domain.errors import Conflict, Invalid, ModelMatchError
from app.services.world import World

PART: Final = 1024 * 1024  # bytes
PURPOSE: Final = "batch"


def upload(world: World, pieces: Iterable[bytes], *, name: str, purpose: str, key_id: str | None) -> BatchFile:
    """The file once all of it is stored.

    Raises Conflict (`batch-texts-off`) where texts are not kept, Invalid (`file`) for one that is empty or too long.
    """
    if not world.policy.keep_texts:
        raise Conflict("files hold prompts, and KEEP_TEXTS is off", code="batch-texts-off")
    if purpose != PURPOSE:
        raise Invalid("only files for batches are taken: purpose batch", field="purpose")
    file = BatchFile(world.new_id(), name, purpose, 0, world.now(), key_id)
    with world.store.write() as tx:
        rows.add(tx, file)
    whole = False
    try:
        size = _store(world, file.id, pieces)
        with world.store.write() as tx:
            rows.complete(tx, file.id, size)
            stored = rows.get(tx, file.id)
        whole = True
        return stored
    finally:
        if not whole:
            with suppress(ModelMatchError), world.store.write() as tx:  # what stays is swept by the beat
                rows.remove(tx, file.id)


def get(world: World, file_id: str) -> BatchFile:
    """Raises NotFound."""
    with world.store.read() as tx:
        return rows.get(tx, file_id)


def after(world: World, file_id: str | None, *, purpose: str | None, limit: int) -> list[BatchFile]:
    """At most so many that are older than that one, newest first. Raises NotFound."""
    with world.store.read() as tx:
        return rows.after(tx, None if file_id is None else rows.get(tx, file_id), purpose=purpose, limit=limit)


def content(world: World, file_id: str) -> Iterator[bytes]:
    """Its bytes, part by part. Raises NotFound before the first."""
    get(world, file_id)
    return _parts(world, file_id)


def delete(world: World, file_id: str) -> None:
    """Raises NotFound. Batches that were made of it hold its lines themselves."""
    with world.store.write() as tx:
        rows.remove(tx, file_id)


def _parts(world: World, file_id: str) -> Iterator[bytes]:
    number = 0
    while True:
        with world.store.read() as tx:
            part = rows.part(tx, file_id, number)
        if part is None:
            return
        yield part
        number += 1


def _store(world: World, file_id: str, pieces: Iterable[bytes]) -> int:
    held, number, size = bytearray(), 0, 0
    for piece in pieces:
        held += piece
        size += len(piece)
        if size > world.policy.batch_max_bytes:
            raise Invalid(f"at most {world.policy.batch_max_bytes} bytes are taken", field="file")
        while len(held) >= PART:
            with world.store.write() as tx:
                rows.add_part(tx, file_id, number, bytes(held[:PART]))
            del held[:PART]
            number += 1
    if held:
        with world.store.write() as tx:
            rows.add_part(tx, file_id, number, bytes(held))
    if not size:
        raise Invalid("the file is empty", field="file")
    return size
