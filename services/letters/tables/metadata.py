"""The metadata of the tables of letters; those that every service has are in it already."""

from __future__ import annotations

import sqlalchemy as sa

from shared.access.held_acts import held_acts_table
from shared.database.shared_tables import shared_tables

metadata = sa.MetaData()
shared_tables(metadata)
held_acts_table(metadata)

INSTANT = sa.DateTime(timezone=True)
