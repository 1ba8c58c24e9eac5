"""The frame of every service: one process, one FastAPI application whose lifespan runs consumers, relay and leaders.

``AME_ROLE`` chooses what the process does: ``api`` answers HTTP, ``worker`` consumes, relays and ticks, ``all`` does
both. A worker still answers the routes of operations (health, measures, version, documentation).
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import gc
import importlib.metadata
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, cast

import sqlalchemy as sa
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from shared import clock
from shared.access.dependencies import TokenChecker
from shared.database.unit_of_work import Database
from shared.http import problems
from shared.http.middleware import TraceAndMeasure
from shared.messaging import kafka_client
from shared.messaging.consumer import Consumer, Subscription
from shared.messaging.reference_table import Reference
from shared.messaging.relay import Relay
from shared.messaging.replay import Drain
from shared.observability import logs, tracing
from shared.service import shutdown
from shared.service.asyncapi import document
from shared.service.health import Health
from shared.settings import Settings
from shared.web import pages

log = logs.logger("service")

GRACE_SECONDS = 15.0
CLOSE_SECONDS = 5.0

# A batch of events is tens of thousands of objects that live for one transaction and hold no cycles. The collector's
# own pace (every 700 objects) goes through all of them again and again while the batch is read: a third of the
# processor.
COLLECT_EVERY = 50_000


@dataclass
class Runtime:
    """What handlers, routes and background work of one process share."""

    settings: Settings
    database: Database
    reference: Reference
    state: dict[str, Any] = field(default_factory=dict)


Background = Callable[[Runtime], Awaitable[None]]
Hook = Callable[[Runtime], Awaitable[None]]


@dataclass(frozen=True)
class Service:
    """What makes one service: its name, its routes, its subscriptions and its background work.

    ``subscriptions`` is called once with the runtime, so that handlers can be built around the reference or an index.
    ``on_start`` runs before consumers start, ``on_stop`` after they stopped. ``background`` runs in workers only, and
    is started again with a pause if it fails.
    """

    name: str
    title: str
    router: APIRouter
    metadata: sa.MetaData
    subscriptions: Callable[[Runtime], Sequence[Subscription]] = lambda _: ()
    emits: Sequence[str] = ()
    background: Sequence[Background] = ()
    on_start: Sequence[Hook] = ()
    on_stop: Sequence[Hook] = ()
    pages: Path | None = None
    collectors: Callable[[Runtime], Sequence[Collector]] = lambda _: ()
    api_background: Sequence[Background] = ()


async def current_runtime(request: Request) -> Runtime:
    return cast(Runtime, request.app.state.runtime)


RuntimeDependency = Annotated[Runtime, Depends(current_runtime)]


def create_app(service: Service, settings: Settings, *, alone: bool = False) -> FastAPI:
    """Build the application of ``service``; nothing is connected before its lifespan starts.

    ``alone`` in its process, it also settles that process's memory once it has started.
    """
    kafka_client.mend()
    runtime = Runtime(settings, Database(settings), Reference(settings))
    broker = KafkaBroker(
        settings.kafka_bootstrap_servers,
        client_id=f"{settings.service}-{settings.slot}",
        ack_policy=AckPolicy.MANUAL,
        allow_auto_create_topics=False,
        graceful_timeout=GRACE_SECONDS,
        logger=None,
    )
    subscriptions = service.subscriptions(runtime) if settings.is_worker else ()
    consumers = [Consumer(settings, runtime.database, subscription) for subscription in subscriptions]
    for consumer in consumers:
        consumer.attach(broker)
    health = Health(runtime.database, broker, runtime.reference, consumers)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.tokens = TokenChecker(settings)
        await runtime.reference.start()
        for hook in service.on_start:
            await hook(runtime)
        await broker.start()
        tasks = _start_tasks(service, runtime, health, consumers)
        if alone:
            _settle_memory()
        log.info("started", role=settings.role, profile=settings.profile, http_port=settings.http_port)
        try:
            yield
        finally:
            health.stopping = True
            # Consumers give their work back first; then what is left is ended, in time for who waits before they kill.
            await shutdown.close("broker", broker.stop(), GRACE_SECONDS + CLOSE_SECONDS)
            await shutdown.end(tasks, GRACE_SECONDS)
            for hook in service.on_stop:
                await shutdown.close(hook.__name__, hook(runtime), CLOSE_SECONDS)
            await shutdown.close("reference", runtime.reference.stop(), CLOSE_SECONDS)
            await shutdown.close("database", runtime.database.close(), CLOSE_SECONDS)
            log.info("stopped")

    app = FastAPIOffline(  # the page of the interface takes its scripts from here, never from a server outside
        title=service.title,
        version=version(),
        lifespan=lifespan,
        redoc_url=None,
        description="Base commune des demandes d'aide médicale de l'État. Erreurs : RFC 9457.",
    )
    app.state.runtime = runtime
    app.state.service = service.name
    app.state.consumers = consumers
    problems.install(app)
    app.add_middleware(TraceAndMeasure, root_path=settings.root_path)
    _operations(app, service, runtime, health)
    if settings.is_api:
        app.mount("/ui/static", StaticFiles(directory=Path(__file__).parents[1] / "web" / "static"), name="static")
        app.include_router(pages.router)
        app.include_router(service.router)
    for collector in service.collectors(runtime):
        logs.registry.register(collector)
    return app


def _start_tasks(
    service: Service, runtime: Runtime, health: Health, consumers: Sequence[Consumer]
) -> list[asyncio.Task[None]]:
    work: list[tuple[str, Callable[[], Awaitable[None]]]] = [("health", health.watch)]
    if runtime.settings.is_api:
        work += [(task.__name__, partial(task, runtime)) for task in service.api_background]
    if runtime.settings.is_worker:
        work.append(("relay", Relay(runtime.settings).run))
        if consumers:
            work.append(("drain", Drain(runtime.settings, runtime.database, consumers).run))
        work += [(task.__name__, partial(task, runtime)) for task in service.background]
    return [asyncio.create_task(_keep_running(name, start), name=name) for name, start in work]


def _settle_memory() -> None:
    """Leave the code and models loaded by the start out of every later collection, and collect at the pace of batches.

    After the start, not before: what hooks load (compiled kernels, a reference) would be gone through again by every
    full collection, while nobody is answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 10, 10)


async def _keep_running(name: str, start: Callable[[], Awaitable[None]]) -> None:
    """Run background work for ever; a crash is logged and the work starts over after a growing pause."""
    pause = 1.0
    while True:
        started = time.monotonic()
        try:
            await start()
            return
        except Exception as error:
            log.error("background_failed", task=name, error=type(error).__name__, exc_info=error)
        pause = 1.0 if time.monotonic() - started > 60 else min(pause * 2, 30.0)
        await asyncio.sleep(pause)


def _operations(app: FastAPI, service: Service, runtime: Runtime, health: Health) -> None:
    """The only routes that are open: health, measures, version, documentation."""

    @app.get("/live", tags=["exploitation"])
    async def live(response: Response) -> dict[str, Any]:
        reasons = health.not_alive()
        response.status_code = 503 if reasons else 200
        return {"status": "stalled" if reasons else "alive", "reasons": reasons}

    @app.get("/ready", tags=["exploitation"])
    async def ready(response: Response) -> dict[str, Any]:
        reasons = await health.not_ready()
        response.status_code = 503 if reasons else 200
        day: dt.date = clock.today()
        return {"status": "not_ready" if reasons else "ready", "reasons": reasons, "business_date": day.isoformat()}

    @app.get("/metrics", tags=["exploitation"])
    def metrics() -> Response:
        return Response(generate_latest(logs.registry), media_type=CONTENT_TYPE_LATEST)

    @app.get("/version", tags=["exploitation"])
    async def show_version() -> dict[str, Any]:
        async with runtime.database.unit() as unit:
            revision = await unit.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return {
            "service": service.name,
            "version": version(),
            "commit": os.environ.get("AME_COMMIT", "unknown"),
            "role": runtime.settings.role,
            "schema_revision": revision,
        }

    @app.get("/asyncapi.json", tags=["exploitation"])
    async def asyncapi() -> dict[str, Any]:
        topics = [subscription.topic for subscription in service.subscriptions(runtime)]
        return document(service.title, version(), service.name, receives=topics, sends=service.emits)


def version() -> str:
    try:
        return importlib.metadata.version("base-commune")
    except importlib.metadata.PackageNotFoundError:
        return (Path(__file__).parents[1] / "VERSION").read_text().strip()


def main(service: Service) -> None:
    """Run ``service`` until SIGTERM: what ``python -m services.<name>`` does."""
    settings = Settings(service=service.name)
    logs.configure_logs(service.name, settings.slot)
    tracing.configure(service.name, settings.slot)
    if settings.role == "worker":
        os.nice(settings.worker_niceness)
    app = create_app(service, settings, alone=True)
    uvicorn.run(app, host=settings.http_host, port=settings.http_port, **server_options())


def server_options() -> dict[str, Any]:
    """How every service answers HTTP. The loop is uvloop where there is one."""
    return {
        "log_config": None,
        "access_log": False,
        "timeout_graceful_shutdown": int(GRACE_SECONDS),
        # longer than any client or proxy keeps an idle connection: none is closed under a request
        "timeout_keep_alive": 75,
        "h11_max_incomplete_event_size": 64 * 1024,
    }
