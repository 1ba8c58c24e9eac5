"""Alembic's entry for dedup: run by `python -m shared.database.migrate`."""

from services.dedup.tables import metadata
from shared.database.migrate import run

run(metadata)
