"""Production: a worker with its own rights on a locked broker, and a database that must prove its name."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from confluent_kafka import KafkaException

from deploy.embedded.certificates import make_certificates
from deploy.embedded.secured_kafka import SecuredKafka
from deploy.reference import records
from services.decision.app import SERVICE
from shared import clock
from shared.access.tokens import ensure_local_key
from shared.messaging import broker_grants, topics
from shared.messaging.access_rights import user_of
from shared.messaging.kafka_connection import connection_of
from shared.messaging.reference_table import ReferenceWriter
from shared.service.app import create_app
from shared.settings import Settings
from tests import servers
from tests.servers import Databases
from tests.tls_terminator import tls_before
from tests.waiting import until


@pytest.fixture
def settings(databases: Databases, scratch: Path, tmp_path: Path) -> Iterator[Settings]:
    """The settings of decision's worker but for the broker; its database is reached over TLS alone."""
    authority, own = make_certificates(tmp_path / "certificates", "database")
    made = databases.migrated("decision")
    with tls_before((made.host, made.port), own) as port:
        yield Settings(
            profile="production",
            service="decision",
            role="worker",
            state_dir=tmp_path,
            jwks_file=ensure_local_key(Settings(profile="test", state_dir=tmp_path).state_dir),
            database_ca_file=str(authority),
            **made.through("127.0.0.1", port).settings_fields(),
        )


async def test_a_worker_starts_with_exactly_its_rights_and_no_record_moves_its_day(
    settings: Settings, scratch: Path
) -> None:
    broker = SecuredKafka(scratch / "production", libraries=servers.LIBRARIES, say=lambda _: None)
    broker.start()
    try:
        administrator = connection_of(broker.administrator)
        await topics.create(administrator)
        user, password = user_of("decision", "worker"), secrets.token_urlsafe(24)
        admin = broker_grants.administration(broker.administrator)
        broker_grants.set_passwords(admin, {user: password})
        broker_grants.apply_grants(admin)
        async with ReferenceWriter(administrator) as writer:
            await writer.put(records())
            await writer.set_business_date(dt.date(2008, 2, 29))
        clock.set_day(None)
        known = broker.settings_of(user, password)
        await until(lambda: asyncio.to_thread(_signs_in, known))  # the controller knows it before the broker does
        given = known.model_dump(exclude_unset=True)
        line = {name: value for name, value in given.items() if name.startswith("kafka_")}
        app = create_app(SERVICE, settings.model_copy(update=line))
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://decision") as client,
        ):

            async def ready() -> bool:
                return (await client.get("/ready")).status_code == 200

            await until(ready, 60)  # its groups have joined: it may read what it follows
            assert clock.today().year >= 2026
    finally:
        broker.kill()


def _signs_in(user: Settings) -> bool:
    try:
        return bool(broker_grants.administration(user).list_topics(timeout=2).brokers)
    except KafkaException:
        return False


def test_the_database_must_prove_its_name(settings: Settings, tmp_path: Path) -> None:
    with psycopg.connect(settings.conninfo()) as line:
        assert line.pgconn.ssl_in_use
    stranger, _ = make_certificates(tmp_path / "stranger", "database")
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        psycopg.connect(settings.model_copy(update={"database_ca_file": str(stranger)}).conninfo())
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        psycopg.connect(settings.model_copy(update={"database_host": "127.0.0.2"}).conninfo())


def test_nobody_comes_in_by_plain_text(settings: Settings) -> None:
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(settings.model_copy(update={"database_ca_file": ""}).conninfo(), sslmode="disable")
