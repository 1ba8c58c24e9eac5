"""What a caisse notes of a shared place hides it from that caisse alone."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE known_places SET noted_caisse = '' WHERE noted_caisse IS NULL")
    op.alter_column("known_places", "noted_caisse", existing_type=sa.Text(), nullable=False, server_default="")
    op.drop_constraint("known_places_pkey", "known_places", type_="primary")
    op.create_primary_key("known_places_pkey", "known_places", ["kind", "mark", "noted_caisse"])


def downgrade() -> None:
    op.execute(
        "DELETE FROM known_places AS one USING known_places AS other "
        "WHERE (one.kind, one.mark) = (other.kind, other.mark) AND one.noted_at < other.noted_at"
    )
    op.drop_constraint("known_places_pkey", "known_places", type_="primary")
    op.create_primary_key("known_places_pkey", "known_places", ["kind", "mark"])
    op.alter_column("known_places", "noted_caisse", existing_type=sa.Text(), nullable=True, server_default=None)
