"""What people author: use cases, their flows, and the versions of a flow, frozen once served."""

from sqlalchemy import Column, Integer, Table, UniqueConstraint

from app.db.columns import flag, integer, json, metadata, moment, own_id, owner, text
from app.db.types import Id

use_cases = Table(
    "use_cases",
    metadata,
    own_id(),
    text("code"),
    text("title"),
    text("description"),
    text("rubric"),
    flag("active"),
    json("steps"),
    text("salt"),
    Column("epoch_id", Id),  # no foreign key: epochs point back at the use case
    moment("created_at"),
    moment("updated_at"),
    UniqueConstraint("code"),
)

flows = Table(
    "flows",
    metadata,
    own_id(),
    owner("use_case_id", "use_cases.id"),
    text("code"),
    text("title"),
    text("description"),
    flag("active"),
    integer("weight"),
    integer("version"),
    moment("created_at"),
    moment("updated_at"),
    moment("evicted_at", null=True),
    Column("shadow_share", Integer, nullable=False, server_default="0"),
    UniqueConstraint("use_case_id", "code"),
)

flow_versions = Table(
    "flow_versions",
    metadata,
    owner("flow_id", "flows.id", key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    json("steps"),
    moment("served_at", null=True),
    moment("created_at"),
    json("limits", null=True),
    text("actor", null=True),
    text("note", null=True),
)
