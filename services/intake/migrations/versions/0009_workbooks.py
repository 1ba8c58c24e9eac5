"""Workbooks beside CSV: what their cells were understood to say, and the names of columns that senders use."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("imports", sa.Column("columns", JSONB(), nullable=False, server_default="{}"))
    op.add_column("imports", sa.Column("sheet", sa.Text(), nullable=False, server_default=""))
    op.add_column("imports", sa.Column("readings_kept", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("imports_readings", "imports", ["changed_at"], postgresql_where=sa.text("readings_kept"))
    op.add_column("import_rows", sa.Column("understood", JSONB(), nullable=False, server_default="[]"))
    op.create_table(
        "column_names",
        sa.Column("caisse", sa.Text(), primary_key=True),
        sa.Column("sender", sa.Text(), primary_key=True),
        sa.Column("columns", JSONB(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("column_names")
    op.drop_column("import_rows", "understood")
    op.drop_index("imports_readings", "imports")
    for column in ("readings_kept", "sheet", "columns"):
        op.drop_column("imports", column)
