"""Shards ask each other over a line: the answers come whole, a missing shard is no empty answer, strangers get none."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deploy.embedded.certificates import make_certificates
from services.dedup.domain.matching.features import FEATURES
from services.dedup.index.results import BulkResults
from services.dedup.search.shard_line import Answer, Question, ShardLine, ShardMissing, serve
from services.dedup.search.shard_settings import InvalidShards, place_of
from shared.settings import Settings

HOST = "127.0.0.1"
QUESTION = Question("v3", (1, 4), 70, 2, 3)


def found(rows: bytes, limit: int) -> BulkResults:
    """As many lines as there are rows, each cell another number."""
    results = BulkResults.room(len(rows) // 96, limit, 0)
    results.seqs[:] = np.arange(results.seqs.size).reshape(results.seqs.shape)
    results.scores[:] = results.seqs / 7
    results.points[:] = np.arange(results.points.size).reshape(results.points.shape) / 3
    return results


async def answer(question: Question, rows: bytes) -> Answer:
    if question.model != "v3":
        raise ShardMissing(f"asked for model {question.model}; this is model v3")
    assert question == QUESTION
    return Answer(found(rows, question.limit), 12_345)


Serving = Callable[..., Any]


@asynccontextmanager
async def serving(
    answering: Callable[[Question, bytes], Awaitable[Answer]] = answer, tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[int]:
    server = await serve(HOST, port, answering, tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_an_answer_comes_whole() -> None:
    async with serving() as port:
        line = ShardLine([(HOST, port)], None)
        for count in (0, 1, 500):
            told = await line.ask(QUESTION, bytes(96 * count))
            meant = found(bytes(96 * count), 3)
            for name in ("seqs", "scores", "points"):
                assert np.array_equal(getattr(told, name), getattr(meant, name))
        assert told.points.shape == (500, 3, len(FEATURES))
        assert line.size == 12_345
        line.close()


async def test_many_questions_at_once_do_not_mix() -> None:
    async with serving() as port:
        line = ShardLine([(HOST, port)], None)
        told = await asyncio.gather(*(line.ask(QUESTION, bytes(96 * count)) for count in range(40)))
        assert [len(one.seqs) for one in told] == list(range(40))
        line.close()


async def test_a_shard_that_does_not_answer_is_named() -> None:
    async with serving() as port:
        pass
    with pytest.raises(ShardMissing, match="shard 2 of 4 does not answer: ConnectionRefusedError"):
        await ShardLine([(HOST, port)], None).ask(QUESTION, b"")


async def test_another_process_of_the_shard_is_asked_instead() -> None:
    async with serving() as gone:
        pass
    async with serving() as port:
        line = ShardLine([(HOST, gone), (HOST, port)], None)
        assert len((await line.ask(QUESTION, bytes(96))).seqs) == 1
        line.close()


async def test_a_shard_that_was_restarted_is_asked_again() -> None:
    async with serving() as port:
        line = ShardLine([(HOST, port)], None)
        await line.ask(QUESTION, bytes(96))
        [(_, writer)] = line._idle
        writer.transport.abort()
        assert len((await line.ask(QUESTION, bytes(96))).seqs) == 1
        line.close()


async def test_a_shard_of_another_model_is_refused_with_both_names() -> None:
    async with serving() as port:
        with pytest.raises(ShardMissing, match="asked for model v2; this is model v3"):
            await ShardLine([(HOST, port)], None).ask(Question("v2", (1, 4), 0, 0, 3), b"")


async def test_an_error_of_the_shard_is_told_without_what_it_quotes() -> None:
    async def fails(question: Question, rows: bytes) -> Answer:
        raise RuntimeError("TRAORE Aminata")

    async with serving(fails) as port:
        with pytest.raises(ShardMissing, match="RuntimeError") as caught:
            await ShardLine([(HOST, port)], None).ask(QUESTION, b"")
        assert "TRAORE" not in str(caught.value)


@pytest.mark.parametrize("bytes_", [b"GET / HTTP/1.1\r\n\r\n", bytes(12), b"\0\0\0\x02" + bytes(8) + b"[]"])
async def test_nonsense_ends_the_line_and_not_the_shard(bytes_: bytes) -> None:
    async with serving() as port:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(bytes_)
        writer.write_eof()
        await asyncio.wait_for(reader.read(), 10)
        writer.close()
        assert len((await ShardLine([(HOST, port)], None).ask(QUESTION, bytes(96))).seqs) == 1


def settings(**more: Any) -> Settings:
    return Settings(
        **{"profile": "test", "service": "dedup", "dedup_shard": "2/3", "dedup_shard_listen": f"{HOST}:1"} | more
    )


PEERS = "one:8110,two:8110|three:8110,four:8110"


def test_the_place_of_a_process_is_read_from_its_settings() -> None:
    place = place_of(settings(dedup_shard_peers=PEERS))
    assert place is not None
    assert place.part == (1, 3)
    assert place.peers == ((("one", 8110),), (("two", 8110), ("three", 8110)), (("four", 8110),))
    assert place_of(settings(dedup_shard="")) is None


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"dedup_shard": "0/3"}, "AME_DEDUP_SHARD "),
        ({"dedup_shard": "4/3"}, "AME_DEDUP_SHARD "),
        ({"dedup_shard": "3"}, "AME_DEDUP_SHARD "),
        ({"dedup_shard": "2/2"}, "names 3 shards"),
        ({"dedup_shard_peers": "one,two,three"}, "host:port"),
        ({"dedup_shard_listen": ""}, "AME_DEDUP_SHARD_LISTEN"),
        ({"dedup_shard_ca_file": Path("ca.pem")}, "AME_DEDUP_SHARD_CERT_FILE"),
        ({"profile": "production", "jwks_file": Path("x")}, "TLS"),
    ],
)
def test_settings_that_contradict_each_other_are_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidShards, match=named):
        place_of(settings(**{"dedup_shard_peers": PEERS} | wrong))


async def test_over_tls_nobody_is_answered_without_a_certificate_of_the_shards(tmp_path: Path) -> None:
    ca, own = make_certificates(tmp_path / "ours", "shard")
    other_ca, other = make_certificates(tmp_path / "theirs", "stranger")
    ours = place_of(settings(dedup_shard_peers=PEERS, dedup_shard_ca_file=ca, dedup_shard_cert_file=own))
    theirs = place_of(settings(dedup_shard_peers=PEERS, dedup_shard_ca_file=other_ca, dedup_shard_cert_file=other))
    assert ours is not None
    assert theirs is not None
    trusts_us = ssl.create_default_context(cafile=str(ca))
    strange_to_us = ssl.create_default_context(cafile=str(ca))
    strange_to_us.load_cert_chain(other)
    async with serving(tls=ours.server_tls) as port:
        assert len((await ShardLine([(HOST, port)], ours.client_tls).ask(QUESTION, bytes(96))).seqs) == 1
        for tls in (None, theirs.client_tls, trusts_us, strange_to_us):
            with pytest.raises(ShardMissing):
                await ShardLine([(HOST, port)], tls).ask(QUESTION, bytes(96))
