"""Imports are found by their caisse: those of the sandbox go each night."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_index("imports_caisse", "imports", ["caisse", "import_id"])


def downgrade() -> None:
    op.drop_index("imports_caisse", "imports")
