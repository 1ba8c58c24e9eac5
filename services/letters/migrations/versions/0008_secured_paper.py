"""Secured paper: counts with their confirmations, the ledger, and where each sheet is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper_counts",
        sa.Column("count_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("supplier", sa.Text(), server_default="", nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("ranges", postgresql.JSONB(), nullable=False),
        sa.Column("from_place", sa.Text(), server_default="", nullable=False),
        sa.Column("to_place", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("subject IN ('delivery', 'movement', 'inventory')", name="paper_counts_subject"),
        sa.PrimaryKeyConstraint("count_id"),
    )
    op.create_index("paper_counts_caisse", "paper_counts", ["caisse", "count_id"])
    op.create_table(
        "paper_confirmations",
        sa.Column("count_id", sa.UUID(), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("differences", postgresql.JSONB(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("count_id"),
    )
    op.create_table(
        "paper_ledger",
        sa.Column("entry_no", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("first_serial", sa.Text(), nullable=False),
        sa.Column("last_serial", sa.Text(), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("letter_id", sa.UUID(), nullable=True),
        sa.Column("count_id", sa.UUID(), nullable=True),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("second_id", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("entry_no"),
    )
    op.create_index("paper_ledger_caisse", "paper_ledger", ["caisse", "entry_no"])
    op.create_table(
        "paper_sheets",
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.UUID(), nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("letter_id", sa.UUID(), nullable=True),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("fate IN ('stock', 'used', 'spoiled', 'unaccounted')", name="paper_sheets_fate"),
        sa.CheckConstraint("fate <> 'used' OR letter_id IS NOT NULL", name="paper_sheets_used"),
        sa.PrimaryKeyConstraint("caisse", "serial"),
    )
    op.create_index("paper_sheets_fate", "paper_sheets", ["caisse", "fate", "changed_on"])
    op.create_index(
        "paper_sheets_letter", "paper_sheets", ["letter_id"], postgresql_where=sa.text("letter_id IS NOT NULL")
    )


def downgrade() -> None:
    for name in ("paper_sheets", "paper_ledger", "paper_confirmations", "paper_counts"):
        op.drop_table(name)
