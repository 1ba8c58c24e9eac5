"""What supervision drew and found."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fact_sample",
        sa.Column("sample_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("draw", sa.Text(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sample_id"),
    )
    op.create_index("fact_sample_period", "fact_sample", ["period", "caisse"])
    op.create_table(
        "fact_review",
        sa.Column("sample_id", sa.UUID(), nullable=False),
        sa.Column("look", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("draw", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("yes", "no", "formal", "rights", "money", "answered")
        ),
        sa.Column("differs", sa.Integer()),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("sample_id", "look"),
    )
    op.create_index("fact_review_day", "fact_review", ["reviewed_on"])
    op.create_index("fact_review_period", "fact_review", ["period", "caisse"])


def downgrade() -> None:
    op.drop_table("fact_review")
    op.drop_table("fact_sample")
