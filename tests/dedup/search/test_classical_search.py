"""While the kernels are compiled, or where they cannot run, searches are answered all the same."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from numba import config

from services.dedup.app import SERVICE
from services.dedup.index.index import Index
from services.dedup.search import common_base
from shared.access.principal import Role
from shared.service.app import create_app
from shared.settings import Settings
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED, GIORGI, TWIN_HASSAN
from tests.waiting import until

QUESTION = {name: value for name, value in AMINATA_RESPELLED.items() if name != "nationality"}


@pytest.fixture
def compiling(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Nothing is compiled here, and the compiler waits for this event."""
    done, warm = threading.Event(), Index.warm

    def slowly(index: Index) -> None:
        assert done.wait(120)
        warm(index)

    monkeypatch.setattr(Index, "warm", slowly)
    monkeypatch.setattr(common_base, "kernels_are_compiled", lambda: False)
    yield done
    done.set()


@asynccontextmanager
async def starting(settings: Settings) -> AsyncIterator[Replica]:
    """One more interface of the same database."""
    app = create_app(SERVICE, settings)
    async with app.router.lifespan_context(app):
        yield Replica(app, settings)


async def asked(replica: Replica, question: dict[str, Any]) -> dict[str, Any]:
    async with replica.client("931", Role.AGENT) as agent:
        answer = await agent.post("/checks", json=question)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_an_interface_answers_before_its_kernels_are_compiled(
    replica: Replica, settings_for: Callable[..., Settings], compiling: threading.Event
) -> None:
    filed = filings.submitted(AMINATA)
    await replica.receives(filed, filings.submitted(TWIN_HASSAN), filings.submitted(GIORGI))
    async with starting(settings_for(slot="second", role="api")) as second:
        told = await asked(second, QUESTION)
        assert (told["algorithm"], told["base_size"]) == ("classical", None)
        [found] = told["candidates"]
        assert found["application_id"] == str(filed.application_id)
        assert (found["level"], found["probability"]) == ("to_examine", None), "a score of 100 is no probability"
        assert {reason["sentence"] for reason in found["reasons"]} >= {"Noms de famille identiques"}
        assert "Traor" not in str(told)
        for nobody in ({"birth_date": "1984-09-09"}, {"birth_date": None}, {"family_name": "Kone"}):
            assert (await asked(second, QUESTION | nobody))["candidates"] == []
        compiling.set()

        async def learned() -> dict[str, Any] | None:
            told = await asked(second, QUESTION)
            return told if told["algorithm"] == "scorecard" else None

        told = await until(learned)
        assert [one["application_id"] for one in told["candidates"]] == [str(filed.application_id)]
        assert told["base_size"] == 3


async def test_where_kernels_cannot_run_searches_stay_classical(
    replica: Replica, settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = filings.submitted(AMINATA)
    await replica.receives(filed)

    def cannot(index: Index) -> None:
        raise RuntimeError("no compiler for this processor")

    monkeypatch.setattr(Index, "warm", cannot)
    monkeypatch.setattr(common_base, "kernels_are_compiled", lambda: False)
    async with starting(settings_for(slot="second", role="api")) as second:
        await until(lambda: second.runtime.state["tending"].done())
        assert [one["application_id"] for one in (await asked(second, QUESTION))["candidates"]] == [
            str(filed.application_id)
        ]
        async with second.client("931") as client:
            assert (await client.get("/algorithms")).status_code == 200
            assert (await client.get("/pairs")).status_code == 200


async def test_what_consumes_events_does_not_start_without_its_kernels(
    settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its signals are the learned score's: they wait on their topic, whole."""

    def cannot(index: Index) -> None:
        raise RuntimeError("no compiler for this processor")

    monkeypatch.setattr(Index, "warm", cannot)
    monkeypatch.setattr(common_base, "kernels_are_compiled", lambda: False)
    with pytest.raises(RuntimeError, match="no compiler"):
        async with starting(settings_for(slot="second", role="worker")):
            pass


def test_kernels_are_compiled_where_their_folder_holds_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert common_base.kernels_are_compiled(), "these tests have run the search"
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    assert not common_base.kernels_are_compiled()
