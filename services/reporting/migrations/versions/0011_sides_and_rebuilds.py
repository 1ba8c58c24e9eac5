"""On which side of a signal a caisse is, and which files were made anew from their events.

Signals told before have no side until they are told again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fact_signal", sa.Column("side", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "fact_rebuilt",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("rebuilt_on", sa.Date(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("application_id", "rebuilt_on"),
    )
    op.create_index("fact_rebuilt_day", "fact_rebuilt", ["rebuilt_on"])


def downgrade() -> None:
    op.drop_table("fact_rebuilt")
    op.drop_column("fact_signal", "side")
