"""Alembic's entry for letters: run by `python -m shared.database.migrate`."""

from services.letters.tables import metadata
from shared.database.migrate import run

run(metadata)
