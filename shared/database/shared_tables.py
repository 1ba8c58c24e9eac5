"""The tables that every service's database has."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

PARKED_OPEN = "state IN ('parked', 'behind', 'retry')"

# Append-only tables carry this mark; `shared.database.migrate` then grants the runtime role no UPDATE and no DELETE on
# them.
APPEND_ONLY = {"append_only": True}


def shared_tables(metadata: sa.MetaData) -> None:
    """Add the tables that every service's database has to ``metadata``."""
    sa.Table(
        "outbox",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("event_id", postgresql.UUID, nullable=False, unique=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("traceparent", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Index("outbox_unsent", "id", postgresql_where=sa.text("sent_at IS NULL")),
        sa.Index("outbox_sent_at", "sent_at"),
    )
    sa.Table(
        "streams",
        metadata,
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("application_id", postgresql.UUID, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    sa.Table(
        "inbox",
        metadata,
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("event_id", postgresql.UUID, primary_key=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Index("inbox_received_at", "received_at"),
    )
    sa.Table(
        "parked",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("event_id", postgresql.UUID),
        sa.Column("body", sa.LargeBinary),
        sa.Column("headers", postgresql.JSONB, nullable=False, server_default="{}"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
        sa.Column("tries", sa.Integer, nullable=False, server_default="1"),
        sa.Column("state", sa.Text, nullable=False, server_default="parked"),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("resolved_at", sa.DateTime(timezone=True)),
        sa.Column("resolved_by", sa.Text),
        sa.UniqueConstraint("consumer", "topic", "partition", "position"),
        sa.CheckConstraint("state IN ('parked', 'behind', 'retry', 'replayed', 'discarded')", name="parked_state"),
        sa.Index("parked_open", "consumer", "key", "position", postgresql_where=sa.text(PARKED_OPEN)),
    )
    # The right body of a message that lies broken on its topic, by its place there. A body of NULL is one that was
    # erased: the message is passed over. Kept as long as the topic keeps the broken one.
    sa.Table(
        "corrections",
        metadata,
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True),
        sa.Column("position", sa.BigInteger, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("corrected_by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=False),
        sa.Index("corrections_key", "key"),
        sa.Index("corrections_kept_until", "kept_until"),
    )
