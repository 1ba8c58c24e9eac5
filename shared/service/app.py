"""The frame of every service: one process, one FastAPI application whose lifespan runs consumers, relay and leaders.

``AME_ROLE`` chooses what the process does: ``api`` answers HTTP, ``worker`` consumes, relays and ticks, ``all`` does
both. A worker still answers the routes of operations (health, measures, version, documentation).
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline

from shared.access.oidc import Provider
from shared.access.session_guard import SessionGuard
from shared.access.tokens import TokenChecker
from shared.database.unit_of_work import Database
from shared.http import problem_responses
from shared.http.admission import AdmissionControl
from shared.http.middleware import VERSION_PREFIX, ProxyPrefix, RequestTelemetry
from shared.http.server_protocol import BoundedHttpProtocol
from shared.http.strict_requests import strict_request
from shared.messaging import kafka_client
from shared.messaging.consumer import Consumer
from shared.messaging.kafka_client import GRACE_SECONDS
from shared.messaging.parked_replayer import ParkedReplayer
from shared.messaging.reference_table import ReferenceTable
from shared.messaging.relay import Relay
from shared.observability import logs, metrics, tracing
from shared.service import openapi, operation_pages, parked, shutdown
from shared.service.definition import Service
from shared.service.health import Health
from shared.service.memory import limit_memory
from shared.service.operations import add_operations, version
from shared.service.runtime import Runtime
from shared.service.secrets_check import InvalidSecrets, check_secrets
from shared.settings import Settings
from shared.web import about, backchannel_logout, errors, lost_session, sign_in
from shared.web.forms import check_form
from shared.web.session_middleware import SessionMiddleware

log = logs.logger("service")

STRICT = [Depends(strict_request)]

CLOSE_SECONDS = 5.0

# A batch of events is tens of thousands of objects that live for one transaction and hold no cycles. The collector's
# own pace (every 700 objects) goes through all of them again and again while the batch is read: a third of the
# processor.
COLLECT_EVERY = 50_000


def create_app(service: Service, settings: Settings, *, alone: bool = False) -> FastAPI:
    """Build the application of ``service``; nothing is connected before its lifespan starts.

    ``alone`` in its process, it also settles that process's memory once it has started.
    Raises ``InvalidSecrets`` outside the local profile when a secret is missing or known to everybody.
    """
    check_secrets(settings)
    kafka_client.patch_aiokafka()
    runtime = Runtime(settings, Database(settings), ReferenceTable(settings))
    metrics.pool_used.set_function(runtime.database.share_in_use)
    provider = Provider(settings)
    broker = kafka_client.build_broker(settings)
    subscriptions = service.subscriptions(runtime) if settings.is_worker else ()
    consumers = [Consumer(settings, runtime.database, subscription) for subscription in subscriptions]
    for consumer in consumers:
        consumer.attach(broker)
    relay = Relay(settings) if settings.is_worker else None
    health = Health(runtime.database, broker, runtime.reference, consumers, relay)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await runtime.reference.start()
        for hook in service.on_start:
            await hook(runtime)
        await broker.start()
        tasks = _start_tasks(service, runtime, health, consumers, relay)
        if alone:
            _settle_memory()
        log.info("started", role=settings.role, profile=settings.profile, http_port=settings.http_port)
        try:
            yield
        finally:
            health.stopping = True
            # Consumers give their work back first; then what is left is ended, in time for who waits before they kill.
            await shutdown.close_within("broker", broker.stop(), GRACE_SECONDS + CLOSE_SECONDS)
            await shutdown.cancel_tasks(tasks, GRACE_SECONDS)
            for hook in service.on_stop:
                await shutdown.close_within(hook.__name__, hook(runtime), CLOSE_SECONDS)
            # Not with the application: the web framework remembers the functions of its routes for the whole process.
            runtime.state.clear()
            await shutdown.close_within("reference", runtime.reference.stop(), CLOSE_SECONDS)
            await shutdown.close_within("provider", provider.close(), CLOSE_SECONDS)
            await shutdown.close_within("database", runtime.database.close(), CLOSE_SECONDS)
            log.info("stopped")

    app = FastAPIOffline(  # the page of the interface takes its scripts from here, never from a server outside
        title=service.title,
        version=version(),
        lifespan=lifespan,
        redoc_url=None,
        generate_unique_id_function=openapi.operation_id,
        separate_input_output_schemas=False,
        dependencies=[Depends(check_form)],
        description="Base commune des demandes d'aide médicale de l'État. Erreurs : RFC 9457.",
    )
    app.state.runtime = runtime
    app.state.service = service.name
    app.state.consumers = consumers
    app.state.tokens = TokenChecker(settings, runtime.reference.revoked, provider)
    app.state.session_guard = SessionGuard(settings, provider, runtime.reference.revoked)
    problem_responses.install(app, errors.answer)
    app.add_middleware(SessionMiddleware, root_path=settings.root_path)
    documented = frozenset(
        route.endpoint
        for router in service.routers
        for route in router.routes
        if router.include_in_schema and isinstance(route, APIRoute)
    )
    app.add_middleware(RequestTelemetry, root_path=settings.root_path, documented=documented)
    app.add_middleware(
        AdmissionControl,
        pool=runtime.database.pool_size,
        has_background=settings.is_worker,
        uploads=service.largest_upload,
        root_path=settings.root_path,
    )
    app.add_middleware(ProxyPrefix, routes=app.router.routes, root_path=settings.root_path)
    add_operations(app, service, runtime, health)
    if settings.is_api:
        app.mount("/ui/static", StaticFiles(directory=Path(__file__).parents[1] / "web" / "static"), name="static")
        app.include_router(sign_in.router)
        app.include_router(lost_session.router)
        app.include_router(backchannel_logout.router)
        app.include_router(about.router)
        for router in service.routers:
            if router.include_in_schema:  # the documented interface; pages have no version
                app.include_router(router, prefix=VERSION_PREFIX, dependencies=STRICT)
        for router in service.routers:
            app.include_router(router, include_in_schema=False, dependencies=STRICT)  # as before it had a version
        app.include_router(parked.router, prefix=VERSION_PREFIX, dependencies=STRICT)
        app.include_router(operation_pages.router, dependencies=STRICT)
    openapi.install(app, {**parked.EXAMPLES, **service.examples}, service.schemas)
    for collector in service.collectors(runtime):
        metrics.registry.register(collector)
    return app


def _start_tasks(
    service: Service, runtime: Runtime, health: Health, consumers: Sequence[Consumer], relay: Relay | None
) -> list[asyncio.Task[None]]:
    work: list[tuple[str, Callable[[], Awaitable[None]]]] = [("health", health.watch)]
    if runtime.settings.is_api:
        work += [(task.__name__, partial(task, runtime)) for task in service.api_background]
    if relay is not None:
        work.append(("relay", relay.run))
        if consumers:
            work.append(("drain", ParkedReplayer(runtime.settings, runtime.database, consumers).run))
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
    gc.enable()  # `python -m services.<name>` starts without: collections were a third of the time to load the code


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


def main(service: Service) -> None:
    """Run ``service`` until SIGTERM: what ``python -m services.<name>`` does."""
    settings = Settings(service=service.name)
    logs.configure_logs(service.name, settings.slot)
    tracing.configure(service.name, settings.slot)
    limit_memory(settings.memory_mb)
    if settings.role == "worker":
        os.nice(settings.worker_niceness)
    try:
        app = create_app(service, settings, alone=True)
    except InvalidSecrets as unfit:
        raise SystemExit(f"{service.name} does not start. {unfit}") from None
    uvicorn.run(app, host=settings.http_host, port=settings.http_port, **server_options())


def server_options() -> dict[str, Any]:
    """How every service answers HTTP. The loop is uvloop where there is one."""
    return {
        "log_config": None,
        "access_log": False,
        "timeout_graceful_shutdown": int(GRACE_SECONDS),
        # longer than any client or proxy keeps an idle connection: none is closed under a request
        "timeout_keep_alive": 75,
        "http": BoundedHttpProtocol,
    }
