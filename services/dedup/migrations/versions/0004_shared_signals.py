"""Marks of addresses, telephones and hosts, and the places known to be shared by nature."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "marks",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('address', 'telephone', 'host')", name="marks_kind"),
        sa.PrimaryKeyConstraint("application_id", "kind"),
    )
    op.create_index("marks_shared", "marks", ["key", "kind", "mark"])
    op.create_table(
        "known_places",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_caisse", sa.Text(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "code IN ('hotel', 'domiciliation', 'shelter', 'association', 'other')", name="known_places_code"
        ),
        sa.PrimaryKeyConstraint("kind", "mark"),
    )


def downgrade() -> None:
    op.drop_table("known_places")
    op.drop_index("marks_shared", table_name="marks")
    op.drop_table("marks")
