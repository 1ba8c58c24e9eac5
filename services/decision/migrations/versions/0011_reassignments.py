"""Cases given to somebody together: one act with one reason, so that it can be taken back as one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "reassignments",
        sa.Column("batch_id", postgresql.UUID, primary_key=True),
        sa.Column("caisse", sa.Text, nullable=False),
        sa.Column("done_on", sa.Date, nullable=False),
        sa.Column("done_by", sa.Text, nullable=False),
        sa.Column("agent", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("moves", postgresql.JSONB, nullable=False),
        sa.Column("undoes", postgresql.UUID, unique=True),
        info={"append_only": True},
    )


def downgrade() -> None:
    op.drop_table("reassignments")
