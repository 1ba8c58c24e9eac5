"""The common base where no process holds it whole: this one's shard, and the others asked at each search.

Every process reads the whole table and keeps its own records; of the others it keeps the rarities, so that a pair has
the same score wherever it is found. A search that a shard does not answer is no search: nobody is passed over in
silence.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import numpy.typing as npt
import psycopg

from services.dedup.domain.matching.model import load_model
from services.dedup.index.results import BulkResults
from services.dedup.index.shard_index import ShardIndex, merged
from services.dedup.search.common_base import CommonBase, log
from services.dedup.search.shard_line import Answer, Question, ShardLine, ShardMissing, serve
from services.dedup.search.shard_settings import ShardPlace
from services.dedup.search.snapshot_store import read_blocks
from shared.database.unit_of_work import Database
from shared.settings import Settings

PEERS_SECONDS: Final = 1.0
"""Between two tries to reach the others at start."""


class ShardedBase(CommonBase):
    """One per process: its shard of the base, and the lines to the others."""

    def __init__(self, settings: Settings, database: Database, place: ShardPlace) -> None:
        self._shard = ShardIndex(place.part, load_model())
        super().__init__(settings, database, self._shard)
        self._place = place
        self._lines = {
            number: ShardLine(addresses, place.client_tls)
            for number, addresses in enumerate(place.peers)
            if number != place.part[0]
        }
        self._server: asyncio.Server | None = None

    async def load(self) -> None:
        """Fill the own shard, answer for it, and wait until all others answer."""
        await super().load()
        self.is_loaded = False
        host, port = self._place.listen
        self._server = await serve(host, port, self.answer, self._place.server_tls)
        await self._wait_for_peers()
        self.is_loaded = True

    async def _wait_for_peers(self) -> None:
        while True:
            try:
                await self._ask_others(b"", 1)
            except ShardMissing as error:
                log.info("waiting_for_shards", reason=str(error))
                await asyncio.sleep(PEERS_SECONDS)
            else:
                return

    def _fill(self, connection: psycopg.Connection[Any], last: int) -> None:
        self._shard.fill(read_blocks(connection, 0, last))

    @property
    def size(self) -> int:
        """Records that can be found in all shards, as they said last."""
        return self.index.size + sum(line.size for line in self._lines.values())

    async def answer(self, question: Question, rows: bytes) -> Answer:
        """What this shard finds for another process, after reading the table as far as the asker has."""
        if question.part != self._place.part or question.model != self.model.version:
            mine = f"shard {self._place.part}, model {self.model.version}"
            raise ShardMissing(f"asked for shard {question.part}, model {question.model}; this is {mine}")
        if self.last_seq < question.seq or self.last_retirement < question.retirement:
            await self.refresh()
        if self.last_seq < question.seq or self.last_retirement < question.retirement:
            raise ShardMissing("this shard reads another database than the asker")
        return Answer(await self._own(rows, question.limit), self.index.size)

    async def _own(self, rows: bytes, limit: int) -> BulkResults:
        return await asyncio.to_thread(self.index.search_many, rows, limit)

    async def _ask_others(self, rows: bytes, limit: int) -> list[BulkResults]:
        position = (self.last_seq, self.last_retirement)
        asked = []
        for number, line in self._lines.items():
            question = Question(self.model.version, (number, self._place.part[1]), *position, limit)
            asked.append(line.ask(question, rows))
        return list(await asyncio.gather(*asked))

    async def search(self, rows: bytes, limit: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
        """Seqs, scores and points of the best candidates of each row in all shards. Raises ShardMissing."""
        own, others = await asyncio.gather(self._own(rows, limit), self._ask_others(rows, limit))
        found = merged([own, *others], limit)
        return found.seqs, found.scores, found.points

    def close(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.close()
        for line in self._lines.values():
            line.close()
        super().close()
