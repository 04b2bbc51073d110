"""Ids are UUIDv7 (RFC 9562): made here, ordered in time, so that a replayed insert finds its own row."""

import uuid_utils


def new_id() -> str:
    """A new id in canonical form; increasing within a process."""
    return str(uuid_utils.uuid7())
