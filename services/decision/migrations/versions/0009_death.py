"""The day a person of a case died, beside who the person is, and erased with it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("persons", sa.Column("died_on", sa.Date()))


def downgrade() -> None:
    op.drop_column("persons", "died_on")
