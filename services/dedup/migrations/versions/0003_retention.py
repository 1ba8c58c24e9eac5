"""Applications know since when they are known; what was forgotten because it was over its time is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "applications", sa.Column("known_on", sa.Date(), server_default=sa.text("CURRENT_DATE"), nullable=False)
    )
    op.create_index(
        "applications_remembered",
        "applications",
        ["outcome", sa.text("coalesce(outcome_on, deposited_on, known_on)")],
        postgresql_where=sa.text("outcome <> 'erased'"),
    )
    op.create_table(
        "retention_runs",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("rule_from", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("applications", sa.Integer(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        info={"append_only": True},
    )


def downgrade() -> None:
    op.drop_table("retention_runs")
    op.drop_index("applications_remembered", table_name="applications")
    op.drop_column("applications", "known_on")
