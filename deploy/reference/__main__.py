"""``python -m deploy.reference``: publish the reference data on the broker of the environment."""

import asyncio
import sys

from deploy.reference import records
from shared.messaging.reference_table import ReferenceWriter
from shared.settings import Settings


async def publish() -> int:
    """Put every reference record on the topic; returns their number."""
    async with ReferenceWriter(Settings().kafka_bootstrap_servers) as writer:
        return await writer.put(records())


if __name__ == "__main__":
    print(f"{asyncio.run(publish())} enregistrements de référence publiés.")
    sys.exit(0)
