"""The open routes: health, metrics, version, AsyncAPI."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared import clock
from shared.observability.metrics import registry
from shared.service.asyncapi import document
from shared.service.definition import Service
from shared.service.health import Health
from shared.service.runtime import Runtime

NOT_WELL: dict[int | str, dict[str, Any]] = {503: {"description": "Ne va pas bien ; `reasons` dit pourquoi"}}


def add_operations(app: FastAPI, service: Service, runtime: Runtime, health: Health) -> None:
    """The only routes that are open: health, measures, version, documentation."""

    @app.get("/live", tags=["exploitation"], responses=NOT_WELL)
    async def live(response: Response) -> dict[str, Any]:
        reasons = health.not_alive()
        response.status_code = 503 if reasons else 200
        return {"status": "stalled" if reasons else "alive", "reasons": reasons}

    @app.get("/ready", tags=["exploitation"], responses=NOT_WELL)
    async def ready(response: Response) -> dict[str, Any]:
        reasons = await health.not_ready()
        response.status_code = 503 if reasons else 200
        day: dt.date = clock.today()
        return {"status": "not_ready" if reasons else "ready", "reasons": reasons, "business_date": day.isoformat()}

    @app.get("/metrics", tags=["exploitation"], response_class=PlainTextResponse)
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

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
    """The version of the platform."""
    try:
        return importlib.metadata.version("base-commune")
    except importlib.metadata.PackageNotFoundError:
        return (Path(__file__).parents[1] / "VERSION").read_text().strip()
