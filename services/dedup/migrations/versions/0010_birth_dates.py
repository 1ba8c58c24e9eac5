"""Present identities by date of birth, for a search without compiled code."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("identities_born", "identities", ["birth_date"], postgresql_where=sa.text("state = 'current'"))


def downgrade() -> None:
    op.drop_index("identities_born", "identities")
