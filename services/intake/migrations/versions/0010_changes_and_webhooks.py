"""What front ends hear of: changes of status, and webhooks with their queues."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("change_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("recorded_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("change_id"),
        sa.UniqueConstraint("position"),
        sa.UniqueConstraint("event_id", "caisse"),
    )
    op.create_index("changes_unnumbered", "changes", ["change_id"], postgresql_where=sa.text("position IS NULL"))
    op.create_index("changes_caisse", "changes", ["caisse", "position"])
    op.create_index("changes_recorded_at", "changes", ["recorded_at"])
    op.create_table(
        "change_counter",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("last", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("forgotten", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("one", name="change_counter_one"),
        sa.PrimaryKeyConstraint("one"),
    )
    op.execute("INSERT INTO change_counter DEFAULT VALUES")
    op.create_table(
        "webhooks",
        sa.Column("webhook_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("earlier_secret", sa.Text(), server_default="", nullable=False),
        sa.Column("earlier_until", INSTANT, nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("proven_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('unproven', 'active', 'gone')", name="webhooks_state"),
        sa.PrimaryKeyConstraint("webhook_id"),
        sa.UniqueConstraint("caisse", "url"),
    )
    op.create_table(
        "deliveries",
        sa.Column("webhook_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("failure", sa.Text(), server_default="", nullable=False),
        sa.Column("tried_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'behind', 'delivered', 'parked')", name="deliveries_state"),
        sa.PrimaryKeyConstraint("webhook_id", "position"),
    )
    op.create_index(
        "deliveries_due", "deliveries", ["webhook_id", "due_at"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index("deliveries_parked", "deliveries", ["webhook_id"], postgresql_where=sa.text("state = 'parked'"))
    op.create_index(
        "deliveries_open",
        "deliveries",
        ["webhook_id", "application_id", "position"],
        postgresql_where=sa.text("state <> 'delivered'"),
    )


def downgrade() -> None:
    for table in ("deliveries", "webhooks", "change_counter", "changes"):
        op.drop_table(table)
