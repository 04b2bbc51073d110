"""Answers kept for repeats, shared by all processes; each goes when its lifetime is over."""

from sqlalchemy import Column, Index, Table, Text

from app.db.columns import integer, metadata, moment, text
from app.db.types import Id, Money

cached_answers = Table(
    "cached_answers",
    metadata,
    Column("key", Text, primary_key=True),
    text("partition"),
    moment("at"),
    moment("expires_at"),
    text("model"),
    text("provider"),
    text("body"),
    Column("cost", Money),
    Column("call_id", Id, nullable=False),
    integer("bytes"),
    Index("ix_cached_answers_expires_at", "expires_at"),
)
