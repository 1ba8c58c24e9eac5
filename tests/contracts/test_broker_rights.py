"""The catalogue of topics says who follows what: the services say the same."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from shared.database.unit_of_work import Database
from shared.messaging.access_rights import grants, user_of
from shared.messaging.reference_table import ReferenceTable
from shared.service.runtime import Runtime
from shared.settings import SERVICES, Settings


@pytest.mark.parametrize("service", SERVICES)
async def test_each_service_follows_what_it_may_read(service: str, tmp_path: Path) -> None:
    settings = Settings(profile="test", service=service, state_dir=tmp_path)
    database = Database(settings)  # connects with its first unit
    try:
        definition = importlib.import_module(f"services.{service}.app").SERVICE
        followed = {
            one.topic for one in definition.subscriptions(Runtime(settings, database, ReferenceTable(settings)))
        }
        groups = {one.name for one in grants() if (one.user, one.kind) == (user_of(service, "worker"), "group")}
    finally:
        await database.close()
    assert followed
    assert groups == {f"{service}.{topic}" for topic in followed}
