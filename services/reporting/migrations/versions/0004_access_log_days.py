"""The days of the access log are found without reading all of it."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("access_log_days", "access_log", ["arrived_on"])


def downgrade() -> None:
    op.drop_index("access_log_days", "access_log")
