"""Follow what decision tells, each event once: python follow_decisions.py BROKER GROUP STATE_FILE."""

import asyncio
import json
import sqlite3
import sys

from aiokafka import AIOKafkaConsumer


async def follow(broker: str, group: str, state: str) -> None:
    """Print each event of ame.decision.v1 once, whatever is told again, in the order of its application."""
    seen = sqlite3.connect(state)
    seen.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY)")
    how = {"group_id": group, "auto_offset_reset": "earliest", "enable_auto_commit": False}
    consumer = AIOKafkaConsumer("ame.decision.v1", bootstrap_servers=broker, **how)
    async with consumer:
        async for message in consumer:
            event = json.loads(message.value)
            with seen:  # what is done about the event belongs in this transaction, beside its id
                new = seen.execute("INSERT OR IGNORE INTO seen VALUES (?)", (event["id"],)).rowcount
            if new and event["type"] in ("decision.granted", "decision.refused"):
                print(event["application_id"], event["type"], event["decided_on"], flush=True)
            await consumer.commit()


asyncio.run(follow(*sys.argv[1:4]))
