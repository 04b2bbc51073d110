"""Labels name versions of a flow; where each one stood before is kept."""

from sqlalchemy import Column, Index, Table, Text

from app.db.columns import integer, metadata, moment, own_id, owner, text

flow_labels = Table(
    "flow_labels",
    metadata,
    owner("flow_id", "flows.id", key=True),
    Column("label", Text, primary_key=True),
    integer("version"),
    moment("moved_at"),
    text("actor", null=True),
)

# `live` is the version of the flow itself and has no row above; its moves stand here as those of the others do.
flow_label_moves = Table(
    "flow_label_moves",
    metadata,
    own_id(),
    owner("flow_id", "flows.id"),
    text("label"),
    integer("before", null=True),
    integer("after", null=True),
    moment("at"),
    text("actor", null=True),
    Index("ix_flow_label_moves_flow_id_at", "flow_id", "at"),
)
