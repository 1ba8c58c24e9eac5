"""Bytes that nothing refers to: a process died between storing them and its commit, or between an erasure and its end.

Whoever stores the bytes of papers and whoever deletes them hold a lock on their hash; the grace period leaves alone
what is being taken in.
"""

from __future__ import annotations

import asyncio
import time
from itertools import islice

from services.intake.store.file_store import import_store, paper_store
from services.intake.store.imports import still_open
from services.intake.store.papers import drop_unreferenced, unreferenced
from shared.observability import logs
from shared.service.runtime import Runtime

log = logs.logger("papers")

GRACE_SECONDS = 3600.0
BATCH_FILES = 1000


async def sweep_papers(runtime: Runtime, *, grace: float = GRACE_SECONDS) -> int:
    """Delete bytes of papers, stored longer ago than ``grace`` seconds, that no file refers to; returns how many."""
    store, before = paper_store(runtime), time.time() - grace
    await asyncio.to_thread(store.clear_incoming, before)
    names, swept = store.names(before), 0
    while batch := await asyncio.to_thread(lambda: list(islice(names, BATCH_FILES))):
        async with runtime.database.unit() as unit:
            orphans = await unreferenced(unit, batch)
        for sha256 in orphans:
            async with runtime.database.unit() as unit:
                swept += await drop_unreferenced(unit, store, sha256)
    if swept:
        log.warning("papers_swept", files=swept)
    return swept


async def sweep_imports(runtime: Runtime, *, grace: float = GRACE_SECONDS) -> None:
    """Delete the files of imports that are over, or that were never recorded, put longer ago than ``grace`` seconds."""
    store, before = import_store(runtime), time.time() - grace
    await asyncio.to_thread(store.clear_incoming, before)
    names = store.names(before)
    while batch := await asyncio.to_thread(lambda: list(islice(names, BATCH_FILES))):
        async with runtime.database.unit() as unit:
            needed = await still_open(unit, batch)
        for name in batch:
            if name not in needed:
                await asyncio.to_thread(store.delete, name)
