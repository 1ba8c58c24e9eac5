"""Who the persons of a case are, so that people read names; and whether the place of a case is protected."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "persons",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("given_names", sa.Text(), nullable=False),
        sa.Column("usage_name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Text()),
        sa.Column("reference", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("application_id", "rank"),
    )


def downgrade() -> None:
    op.drop_table("persons")
