"""What statements of persons, delays of titles and drill-downs rest on: rights, persons, and the entries of events."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ADDED: tuple[sa.Column[Any], ...] = (
    sa.Column("births_to_the_day", sa.Integer(), server_default="0", nullable=False),
    sa.Column("telephone", sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column("route", sa.Text()),
    sa.Column("members", postgresql.JSONB(), server_default="[]", nullable=False),
    sa.Column("decided_caisse", sa.Text()),
    sa.Column("rights", postgresql.JSONB(), server_default="[]", nullable=False),
    sa.Column("handed_on", sa.Date()),
)


def upgrade() -> None:
    for column in ADDED:
        op.add_column("fact_application", column)
    op.create_index("fact_application_completed", "fact_application", ["completed_on"])
    op.create_index("fact_application_handed", "fact_application", ["handed_on"])
    for name in ("returned_on", "resent_on"):
        op.add_column("fact_letter", sa.Column(name, sa.Date()))
    op.create_index(
        "fact_letter_resent", "fact_letter", ["resent_on"], postgresql_where=sa.text("resent_on IS NOT NULL")
    )
    op.create_table(
        "fact_right",
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("member_rank", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("birth_year", sa.Integer()),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("application_id", "member_rank"),
    )
    op.create_index("fact_right_member", "fact_right", ["member_id"])
    op.create_index("fact_right_decided", "fact_right", ["decided_on"])
    op.create_index("fact_right_last_day", "fact_right", ["last_day"])
    op.create_table(
        "fact_person",
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID()),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_index("fact_person_person", "fact_person", ["person_id"])
    op.create_table(
        "fact_event",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
        info={"append_only": True},
    )
    op.create_index("fact_event_application", "fact_event", ["application_id"])
    op.create_index("fact_event_counted", "fact_event", ["counted_on", "caisse"])


def downgrade() -> None:
    for name in ("fact_event", "fact_person", "fact_right"):
        op.drop_table(name)
    op.drop_index("fact_letter_resent", "fact_letter")
    for name in ("returned_on", "resent_on"):
        op.drop_column("fact_letter", name)
    for name in ("fact_application_handed", "fact_application_completed"):
        op.drop_index(name, "fact_application")
    for column in ADDED:
        op.drop_column("fact_application", column.name)
