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
        "applications",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("deposited_on", sa.Date(), nullable=True),
        sa.Column("facts_sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("application_sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("decision_sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("earlier_applications", postgresql.ARRAY(sa.UUID()), server_default="{}", nullable=False),
        sa.Column("outcome", sa.Text(), server_default="pending", nullable=False),
        sa.Column("outcome_on", sa.Date(), nullable=True),
        sa.Column("motives", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.CheckConstraint(
            "outcome IN ('pending', 'granted', 'refused', 'lapsed', 'withdrawn', 'erased')", name="applications_outcome"
        ),
        sa.PrimaryKeyConstraint("application_id"),
    )
    op.create_table(
        "assignments",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pair_id", sa.UUID(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("assigned_by", sa.Text(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        info={"append_only": True},
    )
    op.create_index("assignments_pair", "assignments", ["pair_id", "number"], unique=False)
    op.create_table(
        "check_counts",
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agent", "minute"),
    )
    op.create_table(
        "history",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("history_application", "history", ["application_id", "occurred_at"], unique=False)
    op.create_table(
        "identities",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("facts_sequence", sa.Integer(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("identity_version", sa.Integer(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("given_names", sa.Text(), nullable=False),
        sa.Column("usage_name", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Text(), nullable=False),
        sa.Column("birth_place", sa.Text(), nullable=False),
        sa.Column("birth_country", sa.Text(), nullable=False),
        sa.Column("nationality", sa.Text(), nullable=False),
        sa.Column("address_postcode", sa.Text(), nullable=False),
        sa.Column("normalised", sa.LargeBinary(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.CheckConstraint("(normalised IS NOT NULL) = (state = 'current')", name="identities_searchable"),
        sa.CheckConstraint("state IN ('current', 'superseded', 'erased')", name="identities_state"),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("member_id", "facts_sequence", name="identities_once"),
    )
    op.create_index("identities_application", "identities", ["application_id"], unique=False)
    op.create_index(
        "identities_current", "identities", ["member_id"], unique=False, postgresql_where=sa.text("state = 'current'")
    )
    op.create_table(
        "judgement_texts",
        sa.Column("judgement_id", sa.UUID(), nullable=False),
        sa.Column("pair_id", sa.UUID(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("judgement_id"),
    )
    op.create_index("judgement_texts_pair", "judgement_texts", ["pair_id"], unique=False)
    op.create_table(
        "judgements",
        sa.Column("judgement_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pair_id", sa.UUID(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("reader_caisse", sa.Text(), nullable=True),
        sa.Column("lower_version", sa.Integer(), nullable=False),
        sa.Column("higher_version", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("verdict IN ('same', 'different', 'unsure')", name="judgements_verdict"),
        sa.PrimaryKeyConstraint("judgement_id"),
        sa.UniqueConstraint("number"),
        info={"append_only": True},
    )
    op.create_index("judgements_pair", "judgements", ["pair_id", "number"], unique=False)
    op.create_table(
        "links",
        sa.Column("link_id", sa.UUID(), nullable=False),
        sa.Column("pair_id", sa.UUID(), nullable=False),
        sa.Column("lower_member", sa.UUID(), nullable=False),
        sa.Column("higher_member", sa.UUID(), nullable=False),
        sa.Column("linked_by", sa.Text(), nullable=False),
        sa.Column("linked_on", sa.Date(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("unlinked_by", sa.Text(), nullable=True),
        sa.Column("unlinked_reason", sa.Text(), nullable=True),
        sa.Column("unlinked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("link_id"),
    )
    op.create_index(
        "links_higher", "links", ["higher_member"], unique=False, postgresql_where=sa.text("unlinked_at IS NULL")
    )
    op.create_index(
        "links_lower", "links", ["lower_member"], unique=False, postgresql_where=sa.text("unlinked_at IS NULL")
    )
    op.create_index(
        "links_standing", "links", ["pair_id"], unique=True, postgresql_where=sa.text("unlinked_at IS NULL")
    )
    op.create_table(
        "pairs",
        sa.Column("pair_id", sa.UUID(), nullable=False),
        sa.Column("lower_member", sa.UUID(), nullable=False),
        sa.Column("higher_member", sa.UUID(), nullable=False),
        sa.Column("lower_application", sa.UUID(), nullable=False),
        sa.Column("higher_application", sa.UUID(), nullable=False),
        sa.Column("lower_caisse", sa.Text(), nullable=False),
        sa.Column("higher_caisse", sa.Text(), nullable=False),
        sa.Column("lower_seq", sa.BigInteger(), nullable=False),
        sa.Column("higher_seq", sa.BigInteger(), nullable=False),
        sa.Column("lower_version", sa.Integer(), nullable=False),
        sa.Column("higher_version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("points", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("base_size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("judged_from", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('signal', 'link_proposal', 'blind_control')", name="pairs_kind"),
        sa.CheckConstraint("level IN ('same_person', 'to_examine', 'silent')", name="pairs_level"),
        sa.CheckConstraint(
            "state IN ('open', 'awaiting_second_reader', 'disagreed', 'same', 'different', 'unsure', 'dissolved')",
            name="pairs_state",
        ),
        sa.CheckConstraint("lower_application <> higher_application", name="pairs_between_applications"),
        sa.CheckConstraint("lower_member < higher_member", name="pairs_ordered"),
        sa.PrimaryKeyConstraint("pair_id"),
        sa.UniqueConstraint("lower_member", "higher_member", name="pairs_once"),
    )
    op.create_index("pairs_higher_application", "pairs", ["higher_application"], unique=False)
    op.create_index("pairs_higher_caisse", "pairs", ["higher_caisse", "raised_at", "pair_id"], unique=False)
    op.create_index("pairs_lower_application", "pairs", ["lower_application"], unique=False)
    op.create_index("pairs_lower_caisse", "pairs", ["lower_caisse", "raised_at", "pair_id"], unique=False)
    op.create_index("pairs_recent", "pairs", ["raised_at", "pair_id"], unique=False)
    op.create_table(
        "person_members",
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_index("person_members_application", "person_members", ["application_id"], unique=False)
    op.create_index("person_members_person", "person_members", ["person_id"], unique=False)
    op.create_table(
        "retirements",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        info={"append_only": True},
    )


def downgrade() -> None:
    op.drop_table("retirements")
    op.drop_index("person_members_person", table_name="person_members")
    op.drop_index("person_members_application", table_name="person_members")
    op.drop_table("person_members")
    op.drop_index("pairs_recent", table_name="pairs")
    op.drop_index("pairs_lower_caisse", table_name="pairs")
    op.drop_index("pairs_lower_application", table_name="pairs")
    op.drop_index("pairs_higher_caisse", table_name="pairs")
    op.drop_index("pairs_higher_application", table_name="pairs")
    op.drop_table("pairs")
    op.drop_index("links_standing", table_name="links", postgresql_where=sa.text("unlinked_at IS NULL"))
    op.drop_index("links_lower", table_name="links", postgresql_where=sa.text("unlinked_at IS NULL"))
    op.drop_index("links_higher", table_name="links", postgresql_where=sa.text("unlinked_at IS NULL"))
    op.drop_table("links")
    op.drop_index("judgements_pair", table_name="judgements")
    op.drop_table("judgements")
    op.drop_index("judgement_texts_pair", table_name="judgement_texts")
    op.drop_table("judgement_texts")
    op.drop_index("identities_current", table_name="identities", postgresql_where=sa.text("state = 'current'"))
    op.drop_index("identities_application", table_name="identities")
    op.drop_table("identities")
    op.drop_index("history_application", table_name="history")
    op.drop_table("history")
    op.drop_table("check_counts")
    op.drop_index("assignments_pair", table_name="assignments")
    op.drop_table("assignments")
    op.drop_table("applications")
    drop_shared_tables()
