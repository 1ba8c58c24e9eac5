"""How the processes that share a base ask each other: one question, one answer, over TLS where it is production.

A question is the rows of a search and how far the asker has read the table; the answer comes from a base that has read
as far at least. Rows are folded identities: whoever may ask must show a certificate of the shards' own authority.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from services.dedup.domain.matching.features import FEATURES
from services.dedup.index.results import BulkResults
from shared.observability.logs import logger

log = logger("shard_line")

ANSWER_SECONDS: Final = 20.0
CONNECT_SECONDS: Final = 3.0
LARGEST_HEAD: Final = 1 << 16
LARGEST_BODY: Final = 1 << 30
_LENGTHS: Final = struct.Struct(">IQ")

Frame = tuple[dict[str, Any], bytes]


class ShardMissing(ConnectionError):
    """A shard does not answer, or not for this base: a search without it would hide people, so there is none."""


@dataclass(frozen=True, slots=True)
class Question:
    """Rows to search for, up to ``limit`` answers each, in a base that has read the table up to here at least."""

    model: str
    part: tuple[int, int]
    seq: int
    retirement: int
    limit: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What one shard found, and how many records it holds."""

    results: BulkResults
    size: int


Answering = Callable[[Question, bytes], Awaitable[Answer]]


async def _read(reader: asyncio.StreamReader) -> Frame:
    head, body = _LENGTHS.unpack(await reader.readexactly(_LENGTHS.size))
    if head > LARGEST_HEAD or body > LARGEST_BODY:
        raise ShardMissing("a frame is too large")
    return json.loads(await reader.readexactly(head)), await reader.readexactly(body)


async def _write(writer: asyncio.StreamWriter, head: dict[str, Any], body: bytes) -> None:
    text = json.dumps(head).encode()
    writer.write(_LENGTHS.pack(len(text), len(body)) + text)
    writer.write(body)
    await writer.drain()


async def serve(host: str, port: int, answer: Answering, tls: ssl.SSLContext | None) -> asyncio.Server:
    """Answer the questions of other processes until the server is closed."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError, ValueError):
            while True:
                head, rows = await _read(reader)
                try:
                    found = await answer(Question(**head | {"part": tuple(head["part"])}), rows)
                except Exception as error:  # the asker must hear of it; its text may quote data
                    log.warning("question_not_answered", error=type(error).__name__)
                    told = str(error) if isinstance(error, ShardMissing) else type(error).__name__
                    await _write(writer, {"error": told}, b"")
                    continue
                await _write(writer, {"size": found.size, "limit": found.results.seqs.shape[1]}, _packed(found.results))
        writer.close()

    return await asyncio.start_server(talk, host, port, ssl=tls)


def _packed(found: BulkResults) -> bytes:
    return found.seqs.tobytes() + found.scores.tobytes() + found.points.tobytes()


def _unpacked(body: bytes, limit: int) -> BulkResults:
    cells = len(body) // (8 * (2 + len(FEATURES)))
    seqs, scores = np.frombuffer(body, np.int64, cells), np.frombuffer(body, np.float64, cells, 8 * cells)
    points = np.frombuffer(body, np.float64, cells * len(FEATURES), 16 * cells)
    shape = (cells // limit, limit)
    none = np.full((shape[0], 0), -1, np.int64)
    return BulkResults(seqs.reshape(shape), scores.reshape(shape), points.reshape(*shape, len(FEATURES)), none)


class ShardLine:
    """The line to one shard; ``addresses``: of the processes that hold it, any of which will do."""

    def __init__(self, addresses: Sequence[tuple[str, int]], tls: ssl.SSLContext | None) -> None:
        self._addresses, self._tls = list(addresses), tls
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.size = 0

    async def ask(self, question: Question, rows: bytes) -> BulkResults:
        """What the shard finds. Raises ShardMissing when no process that holds it answers."""
        while self._idle:  # a process that ended left them closed: that is no reason to fail
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                return await self._ask(self._idle.pop(), question, rows)
        reason = "no address"
        for at, (host, port) in enumerate(self._addresses):
            try:
                opened = await asyncio.wait_for(asyncio.open_connection(host, port, ssl=self._tls), CONNECT_SECONDS)
                found = await self._ask(opened, question, rows)
            except (OSError, asyncio.IncompleteReadError) as error:
                reason = str(error) if isinstance(error, ShardMissing) else type(error).__name__
                continue
            self._addresses.insert(0, self._addresses.pop(at))  # who answered is asked first from now on
            return found
        raise ShardMissing(f"shard {question.part[0] + 1} of {question.part[1]} does not answer: {reason}")

    async def _ask(
        self, line: tuple[asyncio.StreamReader, asyncio.StreamWriter], question: Question, rows: bytes
    ) -> BulkResults:
        reader, writer = line
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await _write(writer, asdict(question), rows)
                head, body = await _read(reader)
        except BaseException:
            writer.close()
            raise
        if "error" in head:
            writer.close()
            raise ShardMissing(head["error"])
        self._idle.append(line)
        self.size = head["size"]
        return _unpacked(body, head["limit"])

    def close(self) -> None:
        """Close what is open."""
        while self._idle:
            self._idle.pop()[1].close()
