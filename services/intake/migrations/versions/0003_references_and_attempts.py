"""One file per reference of a caisse, one import per file, attempts and failures of imports."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # Files that share a reference already are left as they are: the newest holds it from now on.
    op.add_column("applications", sa.Column("reference_held", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE applications SET reference_held = true FROM ("
        "SELECT DISTINCT ON (filed_caisse, reference) application_id FROM applications "
        "WHERE reference <> '' AND state NOT IN ('withdrawn', 'erased') "
        "ORDER BY filed_caisse, reference, recorded_at DESC, application_id DESC) AS newest "
        "WHERE applications.application_id = newest.application_id"
    )
    op.alter_column("applications", "reference_held", server_default=sa.true())
    op.create_index(
        "applications_reference_held",
        "applications",
        ["filed_caisse", "reference"],
        unique=True,
        postgresql_where=sa.text("reference_held AND reference <> ''"),
    )
    op.add_column("imports", sa.Column("rows_already_here", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("imports", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("imports", sa.Column("failure", sa.Text(), nullable=False, server_default=""))
    op.add_column("imports", sa.Column("superseded", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE imports SET superseded = true WHERE NOT dry_run AND import_id NOT IN ("
        "SELECT DISTINCT ON (coalesce(caisse, ''), sha256) import_id FROM imports WHERE NOT dry_run "
        "ORDER BY coalesce(caisse, ''), sha256, (state <> 'failed') DESC, import_id DESC)"
    )
    op.create_index(
        "imports_file",
        "imports",
        [sa.text("coalesce(caisse, '')"), "sha256"],
        unique=True,
        postgresql_where=sa.text("NOT dry_run AND NOT superseded"),
    )


def downgrade() -> None:
    op.drop_index("imports_file", "imports")
    for column in ("superseded", "failure", "attempts", "rows_already_here"):
        op.drop_column("imports", column)
    op.drop_index("applications_reference_held", "applications")
    op.drop_column("applications", "reference_held")
