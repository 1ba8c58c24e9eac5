"""Acts of a desk that are carried out a little later, so that they are undone until then."""

from shared.database.shared_migrations import create_held_acts, drop_held_acts

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_held_acts()


def downgrade() -> None:
    drop_held_acts()
