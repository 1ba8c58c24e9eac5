"""What was sealed, so that it can be voided."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seals",
        sa.Column("letter_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("decision_id", sa.UUID(), nullable=True),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("sealed_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ranks", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("ended", postgresql.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column("voided_on", sa.Date(), nullable=True),
        sa.Column("void_reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("letter_id"),
    )
    op.create_index("seals_application", "seals", ["application_id"])
    op.create_index("seals_voided", "seals", ["ends_on"], postgresql_where=sa.text("voided_on IS NOT NULL"))


def downgrade() -> None:
    op.drop_table("seals")
