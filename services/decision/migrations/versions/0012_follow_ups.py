"""What a look opens: the file is to be looked at again, until a person says what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "supervision_follow_ups",
        sa.Column("sample_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("faults", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("sample_id"),
    )
    op.create_index("supervision_follow_ups_period", "supervision_follow_ups", ["caisse", "period"])
    op.create_table(
        "supervision_conclusions",
        sa.Column("sample_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("concluded_on", sa.Date(), nullable=False),
        sa.Column("concluded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sample_id"),
        sa.CheckConstraint(
            "conclusion IN ('stands', 'to_correct', 'to_withdraw')", name="supervision_conclusions_conclusion"
        ),
    )


def downgrade() -> None:
    op.drop_table("supervision_conclusions")
    op.drop_table("supervision_follow_ups")
