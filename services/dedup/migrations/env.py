"""Alembic's entry for dedup: run by `python -m shared.migrate`."""

from services.dedup.tables import metadata
from shared.database.migrate import run

run(metadata)
