"""A projection thrown away and rebuilt, from what topics keep and from what intake tells again, equals the one that
lived."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from shared.access.principal import Role
from shared.contract.events import DECISION, IDENTITY, LETTER
from tests.guarantees.harness import APPLICATIONS, SEED, Report, Trial, until
from tests.load.applications import mixed

TABLES = (
    "fact_application",
    "fact_stay",
    "fact_decision",
    "fact_signal",
    "fact_letter",
    "fact_right",
    "fact_person",
    "fact_title",
    "fact_paper",
    "fact_evaluated",
)
KEPT = (IDENTITY, DECISION, LETTER)  # 400 days; the applications' own topic, with identities, keeps 35

pytestmark = pytest.mark.guarantee


async def test_a_rebuilt_projection_equals_the_live_one(under_test: Trial, report: Report) -> None:
    await under_test.post(mixed(APPLICATIONS // 2, SEED + 60))
    await under_test.quiet()
    live = _picture(under_test)
    reporting = under_test.of("reporting")
    under_test.stop(*reporting)
    for table in TABLES:
        under_test.rows("reporting", f"TRUNCATE {table}", owner=True)
    under_test.rows("reporting", "DELETE FROM inbox WHERE consumer <> 'reporting.ame.access.v1'", owner=True)
    for topic in KEPT:
        await _rewind(under_test, f"reporting.{topic}", topic)
    under_test.start(*reporting)
    told = await _tell_again(under_test)
    await under_test.quiet()
    verdict = await under_test.verdict()
    rebuilt = _picture(under_test)
    for table in TABLES:
        verdict.lost += [f"{table}: {row}" for row in live[table] - rebuilt[table]]
        verdict.doubled += [f"{table}: {row}" for row in rebuilt[table] - live[table]]
    report.add("Projection reconstruite", verdict, {"rebuild": 1}, told)


def _picture(under_test: Trial) -> dict[str, set[str]]:
    """Every row of the projection as text."""
    return {
        table: {row[0] for row in under_test.rows("reporting", f"SELECT t::text FROM {table} AS t")} for table in TABLES
    }


async def _rewind(under_test: Trial, group: str, topic: str) -> None:
    """Let the group, which nobody is in any more, begin again."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=under_test.platform.bootstrap, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        beginning = {TopicPartition(topic, number): OffsetAndMetadata(0, "") for number in range(12)}
        consumer.assign(list(beginning))

        async def commits() -> bool:
            try:
                await consumer.commit(beginning)
            except KafkaError:  # the stopped member's session has not ended yet
                return False
            return True

        await until(commits, f"{group} is empty")
    finally:
        await consumer.stop()


async def _tell_again(under_test: Trial) -> int:
    """Ask intake for every application's events, as an operator; returns of how many applications they were told."""
    headers = {"Authorization": f"Bearer {under_test.token('', Role.OPERATOR)}", "Idempotency-Key": f"rebuild-{SEED}"}
    async with httpx.AsyncClient(base_url=under_test.platform.url("intake"), timeout=30, headers=headers) as client:
        answer = await client.post("/admin/re-emissions", json={})
        assert answer.status_code == 202, answer.text

        async def done() -> dict[str, Any] | None:
            seen = (await client.get(answer.headers["Location"])).raise_for_status().json()
            return seen if seen["state"] == "done" else None

        told: int = (await until(done, "everything told again"))["applications"]
    return told
