"""Alembic's entry for reporting: run by `python -m shared.database.migrate`."""

from services.reporting.tables import metadata
from shared.database.migrate import run

run(metadata)
