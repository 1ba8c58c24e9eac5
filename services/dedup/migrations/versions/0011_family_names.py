"""Family names of the own caisse are found by their first letters."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "identities_family",
        "identities",
        [sa.text("lower(family_name) text_pattern_ops")],
        postgresql_where=sa.text("state = 'current'"),
    )


def downgrade() -> None:
    op.drop_index("identities_family", "identities")
