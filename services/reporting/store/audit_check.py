"""Is the access log whole? The chains of the database against the heads that were signed and kept outside it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

import sqlalchemy as sa
from aiokafka import AIOKafkaConsumer, TopicPartition
from joserfc.jwk import KeySet

from services.reporting.domain.access_chain import HEADS, Break, ChainCheck, Position, Verdict
from services.reporting.domain.audit_head import Head, InvalidHead, read_heads
from services.reporting.store import access_chain
from services.reporting.store.audit_keys import public_keys
from shared.contract.events import AUDIT, AuditHeadSigned, decode
from shared.database.unit_of_work import Database, UnitOfWork
from shared.messaging.kafka_connection import Connection, client_options, connection_of
from shared.settings import Settings


async def topic_heads(connection: Connection) -> list[str]:
    """The heads on ``ame.audit.v1``, in order, each once: the relay may repeat one after a crash."""
    consumer = AIOKafkaConsumer(**client_options(connection), enable_auto_commit=False)
    await consumer.start()
    try:
        place = TopicPartition(AUDIT, 0)
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        found: dict[str, None] = {}
        while await consumer.position(place) < end:
            for records in (await consumer.getmany(place, timeout_ms=1000)).values():
                for record in records:
                    event: AuditHeadSigned = decode(AUDIT, record.value)
                    found[event.jws] = None
        return list(found)
    finally:
        await consumer.stop()


def read_named(file: Path) -> list[str]:
    """The heads of a file that must be there. Raises ``OSError``."""
    return file.read_text("ascii").split()


def read_lines(file: Path) -> list[str]:
    """The heads of the auditor's file; none where there is no file yet."""
    return read_named(file) if file.exists() else []


async def check_log(settings: Settings, database: Database, *, days_kept: int, file: Path | None = None) -> Verdict:
    """Check the log against the heads of the topic and, where there is one, of the auditor's file.

    Raises ``NoAuditKey``, ``OSError`` for a file that was named and is not there, and errors of broker and database.
    """
    published = await topic_heads(connection_of(settings))
    kept = await asyncio.to_thread(read_named, file) if file is not None else []
    for number, (one, other) in enumerate(zip(published, kept, strict=False), 1):
        if one != other:
            return Verdict(0, len(published), 0, None, Break(HEADS, number, "changed"))
    signed = max(published, kept, key=len)  # the relay may not have sent the last one yet
    keys = public_keys(settings) if signed else KeySet([])  # a base of today may have signed nothing yet
    return await check(database, signed, keys, days_kept=days_kept, today=access_chain.today())


async def check(database: Database, signed: Sequence[str], keys: KeySet, *, days_kept: int, today: dt.date) -> Verdict:
    """Check every entry against the chains and the heads. ``days_kept``: before that, whole days may be gone."""
    try:
        heads = read_heads(signed, keys)
    except InvalidHead as invalid:
        return Verdict(0, len(signed), 0, None, Break(HEADS, invalid.number, invalid.reason))
    async with database.unit() as unit:
        # One picture of the log: entries that arrive meanwhile are for the next check.
        await unit.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        return await _check(unit, heads, signed, today - dt.timedelta(days=days_kept))


async def _check(unit: UnitOfWork, heads: Sequence[Head], signed: Sequence[str], kept_from: dt.date) -> Verdict:
    last_signed = heads[-1].signed_at if heads else None
    marks: dict[str, dict[int, bytes]] = {}
    for head in heads:
        for source, at in head.positions.items():
            if marks.setdefault(source, {}).setdefault(at.number, at.hash) != at.hash:
                return Verdict(0, len(heads), 0, last_signed, Break(source, at.number, "not_the_signed_one"))
    known = [row.jws for row in await access_chain.signed_heads(unit)]
    if (number := _first_difference(known, signed)) is not None:
        return Verdict(0, len(heads), 0, last_signed, Break(HEADS, number, "changed"))
    present = await access_chain.positions(unit)
    checks: dict[str, ChainCheck] = {
        source: ChainCheck(source, marks.get(source, {}), _may_begin_at(source, heads, kept_from))
        for source in sorted(marks.keys() | present.keys())
    }
    broken: Break | None = None
    async for row in access_chain.entries(unit):
        one = checks.get(row["source"])
        if one is None:  # a chain that nobody opened
            broken = Break(row["source"], row["number"], "out_of_place", str(row["event_id"]))
        else:
            broken = one.next(row["number"], row["arrived_on"], bytes(row["hash"]), row)
        if broken is not None:
            break
    if broken is None:
        ends = (one.end(present.get(source)) for source, one in checks.items())
        broken = next((found for found in ends if found is not None), None)
    unsigned = sum(one.number - max(marks.get(source, {}), default=0) for source, one in present.items())
    return Verdict(sum(one.entries for one in checks.values()), len(heads), unsigned, last_signed, broken)


def _may_begin_at(source: str, heads: Iterable[Head], kept_from: dt.date) -> list[Position]:
    """Where a chain may begin when its earlier days were forgotten at their time: at the close of an old enough day."""
    old = (head for head in heads if head.closing and head.day <= kept_from)
    return [head.positions[source] for head in old if source in head.positions]


def _first_difference(known: Sequence[str], signed: Sequence[str]) -> int | None:
    """The number of the first head that the database has otherwise than the outside, or no longer has.

    Heads signed a moment ago may not have left yet.
    """
    for number, (one, other) in enumerate(zip(known, signed, strict=False), 1):
        if one != other:
            return number
    return len(known) + 1 if len(known) < len(signed) else None
