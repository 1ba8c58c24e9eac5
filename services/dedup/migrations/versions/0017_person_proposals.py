"""Persons whom a run over the whole base would join or part."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_proposals",
        sa.Column("proposal_id", sa.UUID(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("persons", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("members", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=True),
        sa.Column("kept_reason", sa.Text(), nullable=True),
        sa.Column("kept_on", sa.Date(), nullable=True),
        sa.CheckConstraint("change IN ('join', 'part')", name="person_proposals_change"),
        sa.PrimaryKeyConstraint("proposal_id"),
    )
    op.create_index("person_proposals_members", "person_proposals", ["members"], postgresql_using="gin")
    op.create_index(
        "person_proposals_open", "person_proposals", ["proposed_at"], postgresql_where=sa.text("kept_on IS NULL")
    )


def downgrade() -> None:
    op.drop_index("person_proposals_open", "person_proposals")
    op.drop_index("person_proposals_members", "person_proposals")
    op.drop_table("person_proposals")
