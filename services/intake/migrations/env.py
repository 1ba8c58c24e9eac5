"""Alembic's entry for intake: run by `python -m shared.database.migrate`."""

from services.intake.tables import metadata
from shared.database.migrate import run

run(metadata)
