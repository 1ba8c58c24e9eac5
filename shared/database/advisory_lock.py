"""Locks by name in one database: what a row cannot stand for, a number does."""

from __future__ import annotations

import zlib

import sqlalchemy as sa

from shared.database.unit_of_work import UnitOfWork

LOCK_SPACE = 0x414D45  # "AME": keeps these locks apart from any other advisory lock

_HOLD = sa.text("SELECT pg_advisory_xact_lock(:space, :number)")


def lock_number(name: str) -> int:
    """The number by which PostgreSQL knows the lock ``name``. Two names may share one: they then wait for each
    other, which costs time and no correctness."""
    return zlib.crc32(name.encode()) & 0x7FFFFFFF


async def hold(unit: UnitOfWork, name: str) -> None:
    """Wait for the lock ``name`` and keep it until the transaction of ``unit`` ends."""
    await unit.execute(_HOLD, {"space": LOCK_SPACE, "number": lock_number(name)})
