"""The tables of intake."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.database.shared_migrations import create_shared_tables, drop_shared_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_shared_tables()
    op.create_table(
        "acts",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("application_id", "version"),
        sa.UniqueConstraint("event_id"),
        info={"append_only": True},
    )
    op.create_table(
        "applications",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("filed_caisse", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("facts_version", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("deposited_on", sa.Date(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("import_id", sa.UUID(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('received', 'transferred', 'withdrawn', 'erased')", name="applications_state"),
        sa.PrimaryKeyConstraint("application_id"),
    )
    op.create_index("applications_caisse", "applications", ["caisse", "recorded_at", "application_id"], unique=False)
    op.create_index("applications_recent", "applications", ["recorded_at", "application_id"], unique=False)
    op.create_index(
        "applications_reference",
        "applications",
        ["filed_caisse", "reference"],
        unique=False,
        postgresql_where=sa.text("reference <> ''"),
    )
    op.create_index(
        "applications_status", "applications", ["status", "caisse", "recorded_at", "application_id"], unique=False
    )
    op.create_table(
        "import_rows",
        sa.Column("import_id", sa.UUID(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=True),
        sa.Column("errors", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "row"),
    )
    op.create_index("import_rows_application", "import_rows", ["application_id"], unique=False)
    op.create_index("import_rows_reference", "import_rows", ["import_id", "reference"], unique=False)
    op.create_index("import_rows_verdict", "import_rows", ["import_id", "verdict", "row"], unique=False)
    op.create_table(
        "imports",
        sa.Column("import_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("delimiter", sa.Text(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rows_accepted", sa.Integer(), nullable=False),
        sa.Column("rows_refused", sa.Integer(), nullable=False),
        sa.Column("applications", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="imports_state"),
        sa.PrimaryKeyConstraint("import_id"),
    )
    op.create_index(
        "imports_open",
        "imports",
        ["sent_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.create_index("imports_sha256", "imports", ["sha256"], unique=False)
    op.create_table(
        "papers",
        sa.Column("paper_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("paper_id"),
    )
    op.create_index("papers_application", "papers", ["application_id"], unique=False)
    op.create_index("papers_sha256", "papers", ["sha256"], unique=False)
    op.create_table(
        "re_emissions",
        sa.Column("re_emission_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=True),
        sa.Column("application_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cursor", sa.UUID(), nullable=True),
        sa.Column("applications", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("re_emission_id"),
    )
    op.create_index(
        "re_emissions_open", "re_emissions", ["asked_at"], unique=False, postgresql_where=sa.text("state <> 'done'")
    )
    op.create_table(
        "requests",
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("client", "key"),
    )
    op.create_index("requests_asked_at", "requests", ["asked_at"], unique=False)
    op.create_table(
        "status_view",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("told", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("application_id", "topic"),
    )
    op.create_table(
        "versions",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("application_id", "version"),
    )


def downgrade() -> None:
    op.drop_table("versions")
    op.drop_table("status_view")
    op.drop_index("requests_asked_at", table_name="requests")
    op.drop_table("requests")
    op.drop_index("re_emissions_open", table_name="re_emissions", postgresql_where=sa.text("state <> 'done'"))
    op.drop_table("re_emissions")
    op.drop_index("papers_sha256", table_name="papers")
    op.drop_index("papers_application", table_name="papers")
    op.drop_table("papers")
    op.drop_index("imports_sha256", table_name="imports")
    op.drop_index("imports_open", table_name="imports", postgresql_where=sa.text("state IN ('waiting', 'running')"))
    op.drop_table("imports")
    op.drop_index("import_rows_verdict", table_name="import_rows")
    op.drop_index("import_rows_reference", table_name="import_rows")
    op.drop_index("import_rows_application", table_name="import_rows")
    op.drop_table("import_rows")
    op.drop_index("applications_status", table_name="applications")
    op.drop_index("applications_reference", table_name="applications", postgresql_where=sa.text("reference <> ''"))
    op.drop_index("applications_recent", table_name="applications")
    op.drop_index("applications_caisse", table_name="applications")
    op.drop_table("applications")
    op.drop_table("acts")
    drop_shared_tables()
