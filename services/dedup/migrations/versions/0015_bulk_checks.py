"""Files of persons looked for at once, and their answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COUNTS = ("rows_done", "position", "same_person", "to_examine", "silent", "refused", "attempts")


def upgrade() -> None:
    op.create_table(
        "bulk_checks",
        sa.Column("check_id", sa.UUID(), primary_key=True),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("caisse", "agent", "role", "purpose", "correlation_id")
        ),
        sa.Column("written", ARRAY(sa.Text()), nullable=False),
        sa.Column("columns", ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False, server_default="0") for name in COUNTS),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="bulk_checks_state"),
    )
    open_ = sa.text("state IN ('waiting', 'running')")
    op.create_index("bulk_checks_open", "bulk_checks", ["sent_at"], postgresql_where=open_)
    op.create_index("bulk_checks_quota", "bulk_checks", ["agent", "sent_at"])
    op.create_index("bulk_checks_caisse", "bulk_checks", ["caisse", "check_id"])
    op.create_table(
        "bulk_check_rows",
        sa.Column("check_id", sa.UUID(), primary_key=True),
        sa.Column("row", sa.Integer(), primary_key=True),
        sa.Column("cells", ARRAY(sa.Text()), nullable=False),
        sa.Column("application_id", sa.UUID()),
        sa.Column("verdict", sa.Text(), nullable=False, server_default=""),
        sa.Column("code", sa.Text(), nullable=False, server_default=""),
        sa.Column("found", JSONB(), nullable=False, server_default="[]"),
        sa.Column("found_applications", ARRAY(sa.UUID()), nullable=False, server_default="{}"),
    )
    op.create_index("bulk_check_rows_application", "bulk_check_rows", ["application_id"])
    op.create_index("bulk_check_rows_found", "bulk_check_rows", ["found_applications"], postgresql_using="gin")


def downgrade() -> None:
    op.drop_table("bulk_check_rows")
    op.drop_table("bulk_checks")
