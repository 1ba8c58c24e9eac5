"""Alembic's entry for decision: run by `python -m shared.database.migrate`."""

from services.decision.tables import metadata
from shared.database.migrate import run

run(metadata)
