"""The pages of the leaflet that lies behind a letter in a batch on plain paper."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("print_batch_letters", sa.Column("leaflet_pages", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("print_batch_letters", "leaflet_pages")
