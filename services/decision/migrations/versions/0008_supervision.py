"""Supervision: nonces, draws, samples and reviews."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

APPEND_ONLY = {"append_only": True}


def upgrade() -> None:
    op.create_table(
        "supervision_nonces",
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("caisse", "period"),
        info=APPEND_ONLY,
    )
    op.create_table(
        "supervision_draws",
        sa.Column("draw_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        sa.Column("drawn_by", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("listed", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("listed_sha256", sa.Text(), nullable=False),
        sa.Column("random_size", sa.Integer(), nullable=False),
        sa.Column("negative_size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("draw_id"),
        sa.UniqueConstraint("caisse", "period"),
        info=APPEND_ONLY,
    )
    op.create_table(
        "supervision_samples",
        sa.Column("sample_id", sa.UUID(), nullable=False),
        sa.Column("draw_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("decision_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("draw", sa.Text(), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("second_look", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sample_id"),
        info=APPEND_ONLY,
    )
    op.create_index("supervision_samples_period", "supervision_samples", ["caisse", "period"])
    op.create_index("supervision_samples_author", "supervision_samples", ["author"])
    op.create_table(
        "supervision_reviews",
        sa.Column("review_id", sa.UUID(), nullable=False),
        sa.Column("sample_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("look", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("grid", sa.Integer(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("review_id"),
        sa.UniqueConstraint("sample_id", "look"),
        info=APPEND_ONLY,
    )


def downgrade() -> None:
    for name in ("supervision_reviews", "supervision_samples", "supervision_draws", "supervision_nonces"):
        op.drop_table(name)
