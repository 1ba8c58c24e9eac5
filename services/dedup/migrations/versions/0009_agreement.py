"""How far the two algorithms agree, day by day, and the pairs that one alone saw."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("identities", sa.Integer(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("both", sa.Integer(), nullable=False),
        sa.Column("learned_only", sa.Integer(), nullable=False),
        sa.Column("classical_only", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("day"),
        info={"append_only": True},
    )
    op.create_table(
        "agreement_pairs",
        sa.Column("pair_id", sa.UUID(), nullable=False),
        sa.Column("seen_by", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint("seen_by IN ('learned', 'classical')", name="agreement_pairs_seen_by"),
        sa.PrimaryKeyConstraint("pair_id"),
        info={"append_only": True},
    )


def downgrade() -> None:
    op.drop_table("agreement_pairs")
    op.drop_table("agreements")
