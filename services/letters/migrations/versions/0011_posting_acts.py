"""Postings of many letters as one act, which can be undone until it is carried out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "posting_acts",
        sa.Column("act_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=True),
        sa.Column("batch_id", sa.UUID(), nullable=True),
        sa.Column("letter_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("numbers", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("results", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'done', 'undone')", name="posting_acts_state"),
        sa.PrimaryKeyConstraint("act_id"),
    )
    op.create_index("posting_acts_waiting", "posting_acts", ["due_at"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("posting_acts_caisse", "posting_acts", ["caisse", "act_id"])


def downgrade() -> None:
    op.drop_table("posting_acts")
