"""Once after an upgrade that changed the rules of normalisation, before its processes start."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from services.dedup.store.renormalisation import renormalise
from shared.database.unit_of_work import Database
from shared.settings import Settings


def main(argv: Sequence[str]) -> int:
    """Make the stored rows again on the database of the environment."""
    argparse.ArgumentParser(
        prog="python -m services.dedup renormalise", description="Refait les lignes normalisées de la base commune."
    ).parse_args(list(argv))
    seen, changed = asyncio.run(_once())
    print(f"{seen} identités relues, {changed} lignes refaites")
    return 0


async def _once() -> tuple[int, int]:
    database = Database(Settings(service="dedup"), pool_size=1)
    try:
        return await renormalise(database)
    finally:
        await database.close()
