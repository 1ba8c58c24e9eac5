"""The language of the leaflet that goes with a letter."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("letters", sa.Column("leaflet", sa.Text()))


def downgrade() -> None:
    op.drop_column("letters", "leaflet")
