"""Titles at the desk, paper by fate, files that the rules saw, and the checklist of a caisse that prepares."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fact_title",
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("at_desk_on", sa.Date()),
        sa.Column("left_on", sa.Date()),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("serial"),
    )
    op.create_index(
        "fact_title_waiting", "fact_title", ["at_desk_on"], postgresql_where=sa.text("at_desk_on IS NOT NULL")
    )
    op.create_table(
        "fact_paper",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "fate"),
    )
    op.create_index("fact_paper_day", "fact_paper", ["happened_on"])
    op.create_table(
        "fact_evaluated",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("evaluated_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("application_id"),
    )
    op.create_table(
        "rollout_steps",
        sa.Column("step_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column(
            "written_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")
        ),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("step_id"),
    )
    op.create_index("rollout_steps_caisse", "rollout_steps", ["caisse", "item"])


def downgrade() -> None:
    for name in ("rollout_steps", "fact_evaluated", "fact_paper", "fact_title"):
        op.drop_table(name)
