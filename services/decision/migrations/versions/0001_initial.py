"""initial."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.database.shared_migrations import create_shared_tables, drop_shared_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_shared_tables()
    op.create_table(
        "cases",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Text(), nullable=True),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("waiting_for", sa.Text(), nullable=False),
        sa.Column("deposited_on", sa.Date(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("complete_on", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("wakes_on", sa.Date(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("facts_version", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "state IN ('awaiting', 'open', 'granted', 'refused', 'lapsed', 'withdrawn', 'erased')", name="cases_state"
        ),
        sa.PrimaryKeyConstraint("application_id"),
    )
    op.create_index("cases_list", "cases", ["caisse", "state", "due_on", "application_id"], unique=False)
    op.create_index(
        "cases_wake",
        "cases",
        ["wakes_on", "application_id"],
        unique=False,
        postgresql_where=sa.text("wakes_on IS NOT NULL"),
    )
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("effect_on", sa.Date(), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("signatory", sa.Text(), nullable=False),
        sa.Column("appeal_body", sa.Text(), nullable=False),
        sa.Column("motives", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("evaluation_number", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('granted', 'refused', 'lapsed')", name="decisions_outcome"),
        sa.PrimaryKeyConstraint("decision_id"),
        info={"append_only": True},
    )
    op.create_index("decisions_application", "decisions", ["application_id"], unique=False)
    op.create_table(
        "entitlements",
        sa.Column("decision_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("member_rank", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("care_from", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("decision_id", "member_id"),
    )
    op.create_index("entitlements_application", "entitlements", ["application_id"], unique=False)
    op.create_table(
        "evaluations",
        sa.Column("evaluation_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("facts_version", sa.Integer(), nullable=False),
        sa.Column("rule_set", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("overseas", sa.Boolean(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("evaluated_on", sa.Date(), nullable=False),
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("evaluation_id"),
        sa.UniqueConstraint("application_id", "number"),
        info={"append_only": True},
    )
    op.create_table(
        "facts",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("application_id", "version"),
    )
    op.create_table(
        "findings",
        sa.Column("evaluation_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("evaluation_id"),
    )
    op.create_index("findings_application", "findings", ["application_id"], unique=False)
    op.create_table(
        "reasons",
        sa.Column("decision_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id"),
    )
    op.create_index("reasons_application", "reasons", ["application_id"], unique=False)
    op.create_table(
        "rule_sets",
        sa.Column("rule_set", sa.Text(), nullable=False),
        sa.Column("loaded_on", sa.Date(), nullable=False),
        sa.Column("texts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("rule_set"),
        info={"append_only": True},
    )
    op.create_table(
        "ticks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("ticks")
    op.drop_table("rule_sets")
    op.drop_index("reasons_application", table_name="reasons")
    op.drop_table("reasons")
    op.drop_index("findings_application", table_name="findings")
    op.drop_table("findings")
    op.drop_table("facts")
    op.drop_table("evaluations")
    op.drop_index("entitlements_application", table_name="entitlements")
    op.drop_table("entitlements")
    op.drop_index("decisions_application", table_name="decisions")
    op.drop_table("decisions")
    op.drop_index("cases_wake", table_name="cases", postgresql_where=sa.text("wakes_on IS NOT NULL"))
    op.drop_index("cases_list", table_name="cases")
    op.drop_table("cases")
    drop_shared_tables()
