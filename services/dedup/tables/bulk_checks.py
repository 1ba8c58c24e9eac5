"""Files of persons looked for at once: what was sent, how far it has come, who was found."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from services.dedup.tables.metadata import INSTANT, metadata

# A file of persons that a supervisor has looked for at once. ``position`` is the last row whose answer is committed:
# where the job goes on after a crash. ``written``: the names of the columns as they were sent, ``columns``: what they
# are. The person who asked is kept, so that each read is told as hers. ``key`` is the hash of her idempotency key,
# ``fingerprint`` that of the request.
bulk_checks = sa.Table(
    "bulk_checks",
    metadata,
    sa.Column("check_id", UUID, primary_key=True),
    sa.Column("caisse", sa.Text, nullable=False),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("correlation_id", sa.Text, nullable=False),
    sa.Column("written", ARRAY(sa.Text), nullable=False),
    sa.Column("columns", ARRAY(sa.Text), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("rows_done", sa.Integer, nullable=False, server_default="0"),
    sa.Column("position", sa.Integer, nullable=False, server_default="0"),
    sa.Column("same_person", sa.Integer, nullable=False, server_default="0"),
    sa.Column("to_examine", sa.Integer, nullable=False, server_default="0"),
    sa.Column("silent", sa.Integer, nullable=False, server_default="0"),
    sa.Column("refused", sa.Integer, nullable=False, server_default="0"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("key", sa.Text),
    sa.Column("fingerprint", sa.Text, nullable=False, server_default=""),
    sa.Column("sent_at", INSTANT, nullable=False),
    sa.Column("changed_at", INSTANT, nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="bulk_checks_state"),
    sa.Index("bulk_checks_open", "sent_at", postgresql_where=sa.text("state IN ('waiting', 'running')")),
    sa.Index("bulk_checks_quota", "agent", "sent_at"),
    sa.Index("bulk_checks_caisse", "caisse", "check_id"),
    sa.Index("bulk_checks_key", "caisse", "agent", "key", unique=True),
)

# Its rows: the cells as they were sent and, once looked for, who was found. Erasable, and forgotten after some days.
bulk_check_rows = sa.Table(
    "bulk_check_rows",
    metadata,
    sa.Column("check_id", UUID, primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("cells", ARRAY(sa.Text), nullable=False),
    sa.Column("application_id", UUID),
    sa.Column("verdict", sa.Text, nullable=False, server_default=""),
    sa.Column("code", sa.Text, nullable=False, server_default=""),
    sa.Column("found", JSONB, nullable=False, server_default="[]"),
    sa.Column("found_applications", ARRAY(UUID), nullable=False, server_default="{}"),
    sa.Index("bulk_check_rows_application", "application_id"),
    sa.Index("bulk_check_rows_found", "found_applications", postgresql_using="gin"),
)
