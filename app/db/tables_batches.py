"""Many questions submitted at once: batches, their lines with what came of each, what providers took, and files."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, UniqueConstraint

from app.db.columns import flag, integer, json, metadata, moment, own_id, owner, text, total
from app.db.types import Id, Money

# The sums are counted in the transaction that records what they count; `taken_done` is where `answered` stood when
# somebody took it. `config` holds who asks and how; `skipped_lines` the broken ones that were left out.
batches = Table(
    "batches",
    metadata,
    own_id(),
    text("status"),
    text("door"),
    json("config"),
    json("skipped_lines"),
    Column("file_id", Id),
    text("actor"),
    text("key_id", null=True),
    integer("concurrency"),
    Column("budget", Money),
    moment("deadline", null=True),
    moment("created_at"),
    moment("started_at", null=True),
    moment("ended_at", null=True),
    moment("forgotten_at", null=True),
    text("error", null=True),
    text("waits_for", null=True),
    moment("taken_at", null=True),
    total("taken_done"),
    total("lines"),
    total("skipped"),
    total("answered"),
    total("failed"),
    total("spent"),
    total("unpriced"),
    total("input_tokens"),
    total("output_tokens"),
    Index("ix_batches_created_at", "created_at", "id"),
    Index("ix_batches_status_created_at", "status", "created_at"),
    Index("ix_batches_ended_at", "ended_at"),
)

# `place` is the line's turn to be asked, `turn` its place among those that are done, by which they are read.
batch_lines = Table(
    "batch_lines",
    metadata,
    owner("batch_id", "batches.id", key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    text("custom_id"),
    integer("line"),
    text("shape"),
    json("question"),
    Column("done", Boolean, nullable=False),
    integer("turn", null=True),
    json("answer", null=True),
    json("error", null=True),
    Column("cost", Money),
    integer("input_tokens"),
    integer("output_tokens"),
    moment("ended_at", null=True),
    Column("shipment_id", Id),
    UniqueConstraint("batch_id", "custom_id"),
    Index("ix_batch_lines_batch_id_turn", "batch_id", "turn"),
    Index("ix_batch_lines_shipment_id", "shipment_id"),
)

# Lines of one model that went to its provider's own batch endpoint. `vendor_id` is null until the vendor is known to
# have taken them: then it is looked for there by our id, before anything is sent again.
batch_shipments = Table(
    "batch_shipments",
    metadata,
    own_id(),
    owner("batch_id", "batches.id", index=True),
    text("model"),
    text("endpoint"),
    text("state"),
    integer("lines"),
    text("vendor_id", null=True),
    Column("held", Money),
    moment("created_at"),
    moment("sent_at", null=True),
    moment("ended_at", null=True),
    text("error", null=True),
)

# What OpenAI's clients upload before they make a batch of it. `ready` once all parts are there.
batch_files = Table(
    "batch_files",
    metadata,
    own_id(),
    text("name"),
    text("purpose"),
    Column("size", BigInteger, nullable=False),
    flag("ready"),
    text("key_id", null=True),
    moment("created_at"),
    Index("ix_batch_files_created_at", "created_at", "id"),
)

batch_file_parts = Table(
    "batch_file_parts",
    metadata,
    owner("file_id", "batch_files.id", key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)
