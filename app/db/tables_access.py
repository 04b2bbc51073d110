"""What the service itself keeps: keys, task assignments, answers already given, leases, and revisions."""

from sqlalchemy import BigInteger, Column, Table, Text, UniqueConstraint

from app.db.columns import integer, json, metadata, moment, own_id, text
from app.db.types import Id

api_keys = Table(
    "api_keys",
    metadata,
    own_id(),
    text("name"),
    text("prefix"),
    text("digest"),
    json("scopes"),
    moment("created_at"),
    moment("expires_at", null=True),
    moment("revoked_at", null=True),
    Column("replaced_by", Id),
    text("owner", null=True),
    text("team", null=True),
    json("limits", null=True),
    json("models", null=True),
    UniqueConstraint("digest"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("name", Text, primary_key=True),
    text("model"),
    moment("updated_at"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("idem_key", Text, primary_key=True),
    text("request_digest"),
    integer("status", null=True),
    text("response", null=True),
    Column("created_at", moment("created_at").type, nullable=False, index=True),
    text("holder", null=True),
    moment("until", null=True),
    text("mimetype", null=True),
    json("headers", null=True),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    text("holder"),
    moment("until"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
