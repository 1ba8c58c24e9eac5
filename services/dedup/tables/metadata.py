"""The metadata of the tables of dedup; those that every service has are in it already."""

from __future__ import annotations

import sqlalchemy as sa

from shared.database.shared_tables import shared_tables

metadata = sa.MetaData()
shared_tables(metadata)

INSTANT = sa.DateTime(timezone=True)
