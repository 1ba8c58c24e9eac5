"""The end of a right that is known here, a place that is protected, and files forgotten for their age."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("applications", sa.Column("right_ends_on", sa.Date(), nullable=True))
    op.add_column("applications", sa.Column("protected", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("applications", sa.Column("expired", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "applications_pending", "applications", ["known_on"], postgresql_where=sa.text("outcome = 'pending'")
    )
    # A file forgotten for its age, not erased on demand, may be registered again.
    op.execute(
        "UPDATE applications SET expired = TRUE WHERE outcome = 'erased' AND application_id IN "
        "(SELECT identities.application_id FROM identities JOIN retirements USING (seq) WHERE reason = 'expired')"
    )
    # Two files of two caisses that nothing but a declaration brought together.
    op.execute(
        "UPDATE pairs SET state = 'dissolved' WHERE kind = 'link_proposal' AND level = 'silent' "
        "AND lower_caisse <> higher_caisse AND state <> 'same'"
    )


def downgrade() -> None:
    op.drop_index("applications_pending", table_name="applications")
    op.drop_column("applications", "expired")
    op.drop_column("applications", "protected")
    op.drop_column("applications", "right_ends_on")
