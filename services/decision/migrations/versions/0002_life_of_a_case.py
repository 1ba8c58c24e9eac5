"""The life of a case after its decision: acts, appeals, second look, rights that end early."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OUTCOMES = "outcome IN ('granted', 'refused', 'lapsed', 'revoked')"
FORMER = "outcome IN ('granted', 'refused', 'lapsed')"


def upgrade() -> None:
    op.create_table(
        "acts",
        sa.Column("act_id", sa.UUID(), nullable=False),
        sa.Column("application_id", sa.UUID(), nullable=False),
        sa.Column("caisse", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("codes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("act_id"),
        info={"append_only": True},
    )
    op.create_index("acts_application", "acts", ["application_id"], unique=False)
    op.add_column("cases", sa.Column("priority", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("cases", sa.Column("appeal", sa.Text(), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("target_on", sa.Date(), nullable=True))
    op.add_column("decisions", sa.Column("prepared_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("decisions", sa.Column("override", sa.Text(), nullable=False, server_default=""))
    op.drop_constraint("decisions_outcome", "decisions", type_="check")
    op.create_check_constraint("decisions_outcome", "decisions", OUTCOMES)
    op.add_column("entitlements", sa.Column("ended_on", sa.Date(), nullable=True))
    op.add_column("entitlements", sa.Column("ended_by", sa.Text(), nullable=True))
    # What was decided before acts were kept: the decision becomes the first of them, the right with its last day.
    op.execute(
        """
        UPDATE cases c SET body = jsonb_set(c.body, '{acts}', jsonb_build_array(jsonb_build_object(
            'kind', 'decided', 'on', d.decided_on, 'outcome', d.outcome,
            'ends_on', (SELECT max(e.ends_on) FROM entitlements e WHERE e.decision_id = d.decision_id),
            'partial', d.outcome = 'granted' AND jsonb_array_length(d.motives) > 0)))
        FROM decisions d WHERE d.application_id = c.application_id AND c.body->>'decision_id' = d.decision_id::text
        """
    )
    op.execute(
        """
        UPDATE cases c SET target_on = (
            SELECT (k->>'due_on')::date FROM jsonb_array_elements(c.body->'clocks') k
            WHERE k->>'name' = 'instruction_target' AND NOT (k->>'stopped')::boolean LIMIT 1)
        WHERE c.state = 'open' AND c.body IS NOT NULL
        """
    )


def downgrade() -> None:
    """The acts are lost; a case that was withdrawn by them keeps its last state."""
    op.execute("UPDATE cases SET body = body - 'acts' WHERE body IS NOT NULL")
    op.drop_column("entitlements", "ended_by")
    op.drop_column("entitlements", "ended_on")
    op.execute("UPDATE decisions SET outcome = 'refused' WHERE outcome = 'revoked'")
    op.drop_constraint("decisions_outcome", "decisions", type_="check")
    op.create_check_constraint("decisions_outcome", "decisions", FORMER)
    op.drop_column("decisions", "override")
    op.drop_column("decisions", "prepared_by")
    op.drop_column("cases", "target_on")
    op.drop_column("cases", "appeal")
    op.drop_column("cases", "priority")
    op.drop_index("acts_application", table_name="acts")
    op.drop_table("acts")
