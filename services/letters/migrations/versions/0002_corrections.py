"""The right bodies of messages that lie broken on their topics."""

from shared.database.shared_migrations import create_corrections, drop_corrections

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_corrections()


def downgrade() -> None:
    drop_corrections()
