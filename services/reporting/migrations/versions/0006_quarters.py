"""Quarters that are closed, approved, accepted and sent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quarters",
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed', 'approved', 'accepted')", name="quarters_state"),
        sa.PrimaryKeyConstraint("caisse", "period"),
    )
    op.create_index("quarters_period", "quarters", ["period"])
    op.create_table(
        "quarter_rows",
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("late_events", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.PrimaryKeyConstraint("caisse", "period", "revision"),
        info={"append_only": True},
    )
    op.create_table(
        "quarter_acts",
        sa.Column("act_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("act_id"),
        info={"append_only": True},
    )
    op.create_index("quarter_acts_quarter", "quarter_acts", ["caisse", "period", "at"])
    op.create_table(
        "transmissions",
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("sent_on", sa.Date()),
        sa.Column("sent_to", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("ods_sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("csv_sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("state IN ('due', 'sending', 'sent', 'refused')", name="transmissions_state"),
        sa.PrimaryKeyConstraint("caisse", "period", "revision"),
    )
    op.create_index("transmissions_due", "transmissions", ["next_try_at"], postgresql_where=sa.text("state = 'due'"))


def downgrade() -> None:
    for name in ("transmissions", "quarter_acts", "quarter_rows", "quarters"):
        op.drop_table(name)
