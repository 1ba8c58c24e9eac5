"""The access log becomes evident to change: chains, signed heads, and days that are forgotten whole."""

import datetime as dt
import hashlib
import json
import re
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FRANCE = ZoneInfo("Europe/Paris")
SERVICE = re.compile("[a-z]{1,20}")
ROWS = sa.text(
    "SELECT event_id::text, occurred_at, business_date, caisse, actor_role, actor_id, purpose, resource, "
    "application_ids::text[] AS application_ids, count, correlation_id FROM access_log ORDER BY occurred_at, event_id"
)
PLACE = sa.text(
    "UPDATE access_log SET source = :source, number = :number, arrived_on = :arrived_on, hash = :hash "
    "WHERE event_id = CAST(:event_id AS uuid)"
)
# Whole days alone, and only those that a signed head has closed. The runtime role may call it and delete nothing else.
FORGET = """
CREATE FUNCTION forget_access_log(last_day date) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
    WITH gone AS (
        DELETE FROM public.access_log WHERE arrived_on <= last_day
        AND arrived_on <= (SELECT max(day) FROM public.audit_heads WHERE closing) RETURNING 1
    ) SELECT count(*) FROM gone
$$
"""


def upgrade() -> None:
    op.create_table(
        "access_chain",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "audit_heads",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("closing", sa.Boolean(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        info={"append_only": True},
    )
    for column in (
        sa.Column("source", sa.Text()),
        sa.Column("number", sa.BigInteger()),
        sa.Column("arrived_on", sa.Date()),
        sa.Column("hash", sa.LargeBinary()),
    ):
        op.add_column("access_log", column)
    _chain_what_is_there()
    for name in ("source", "number", "arrived_on", "hash"):
        op.alter_column("access_log", name, nullable=False)
    op.create_unique_constraint("access_log_place", "access_log", ["source", "number"])
    op.execute(FORGET)
    role = context.config.attributes["settings"].database_user
    op.execute("REVOKE ALL ON FUNCTION forget_access_log(date) FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION forget_access_log(date) TO "{role}"')


def _chain_what_is_there() -> None:
    """Earlier entries in the order of their instants: when they arrived was not written down."""
    connection = op.get_bind()
    heads: dict[str, tuple[int, bytes, dt.date]] = {}
    for row in connection.execute(ROWS).mappings().all():
        name = row["resource"].partition(".")[0]
        source = name if SERVICE.fullmatch(name) else "unknown"
        beginning = hashlib.sha256(f"ame.audit.v1\x1f{source}".encode()).digest()
        number, before, last_day = heads.get(source, (0, beginning, dt.date.min))
        day = max(row["occurred_at"].astimezone(FRANCE).date(), last_day)
        told = [
            source,
            number + 1,
            day.isoformat(),
            row["occurred_at"].astimezone(dt.UTC).isoformat(timespec="microseconds"),
            list(row["application_ids"]),
            row["event_id"],
            row["business_date"].isoformat(),
            *(row[name] for name in ("caisse", "actor_role", "actor_id", "purpose", "resource", "count")),
            row["correlation_id"],
        ]
        text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(before + text.encode()).digest()
        heads[source] = (number + 1, digest, day)
        place = {"source": source, "number": number + 1, "arrived_on": day, "hash": digest}
        connection.execute(PLACE, {"event_id": row["event_id"], **place})
    for source, (number, digest, day) in heads.items():
        connection.execute(
            sa.text("INSERT INTO access_chain VALUES (:source, :number, :hash, :last_day)"),
            {"source": source, "number": number, "hash": digest, "last_day": day},
        )


def downgrade() -> None:
    op.execute("DROP FUNCTION forget_access_log(date)")
    op.drop_constraint("access_log_place", "access_log", type_="unique")
    for name in ("hash", "arrived_on", "number", "source"):
        op.drop_column("access_log", name)
    op.drop_table("audit_heads")
    op.drop_table("access_chain")
