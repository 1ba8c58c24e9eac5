"""Titles of admission: the rights they are made for, their serials and acts, orders to the card maker, photographs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "title_rights",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("member_rank", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.UUID(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("application_id", "member_id"),
    )
    op.create_table(
        "titles",
        sa.Column("title_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("decision_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("member_rank", sa.Integer(), nullable=False),
        sa.Column("listed", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("copy_no", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.Column("order_id", sa.UUID(), nullable=True),
        sa.Column("letter_id", sa.UUID(), nullable=True),
        sa.CheckConstraint("(state = 'voided') = (void_reason IS NOT NULL)", name="titles_void_reason"),
        sa.CheckConstraint(
            "state IN ('ordered', 'produced', 'received', 'handed_over', 'posted', 'returned', 'voided')",
            name="titles_state",
        ),
        sa.PrimaryKeyConstraint("title_id"),
        sa.UniqueConstraint("serial"),
    )
    op.create_index("titles_holder", "titles", ["holder", "since", "title_id"], unique=False)
    op.create_index(
        "titles_one_live",
        "titles",
        ["application_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'voided'"),
    )
    op.create_index(
        "titles_order", "titles", ["order_id"], unique=False, postgresql_where=sa.text("order_id IS NOT NULL")
    )
    op.create_table(
        "title_acts",
        sa.Column("act_id", sa.UUID(), nullable=False),
        sa.Column("title_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("act_id"),
    )
    op.create_index("title_acts_application", "title_acts", ["application_id"], unique=False)
    op.create_index("title_acts_title", "title_acts", ["title_id"], unique=False)
    op.create_table(
        "title_orders",
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("order_id"),
    )
    op.create_index("title_orders_caisse", "title_orders", ["caisse", "ordered_on", "order_id"], unique=False)
    op.create_table(
        "title_photographs",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("member_rank", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("box", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("faults", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('proposed', 'confirmed')", name="title_photographs_state"),
        sa.PrimaryKeyConstraint("application_id", "member_rank"),
    )
    op.create_index("title_photographs_sha256", "title_photographs", ["sha256"], unique=False)


def downgrade() -> None:
    for table in ("title_photographs", "title_orders", "title_acts", "titles", "title_rights"):
        op.drop_table(table)
