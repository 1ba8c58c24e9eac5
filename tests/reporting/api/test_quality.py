"""What supervision found, from events to the quality of a quarter: only what was drawn at random is extrapolated."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from shared.contract import events as ev
from shared.ids import named_uuid
from tests.reporting.conftest import Feed
from tests.reporting.lives import Life
from tests.reporting.store.test_activity import D

PATHS = ["/supervision/quality?period=2008-T1", "/supervision/sample-size", "/ui/quality?period=2008-T1"]


def looked_at(life: Life, n: int, draw: str, *looks: tuple[int, int]) -> list[ev.Event]:
    """A decision that was drawn, and its looks: (how many noes, of which a right is touched)."""
    common: dict[str, Any] = {"sample_id": named_uuid("s", n), "decision_id": named_uuid("d", n), "period": "2008-T1"}
    common["draw"] = draw
    on = D(2008, 3, 10)
    told: list[ev.Event] = [
        life.tell(ev.Sampled, on, **common, reasons=[], drawn=4, listed=40, drawn_on=on),
    ]
    for look, (no, grave) in enumerate(looks, 1):
        severities = ["right"] * grave + ["formal"] * (no - grave)
        told.append(
            life.tell(
                ev.Reviewed,
                on,
                **common,
                look=look,
                grid=1,
                yes=10 - no,
                no=no,
                not_applicable=1,
                cannot_tell=0,
                faults=[ev.ReviewFault(item=f"i{n}", severity=name) for n, name in enumerate(severities)],
                differs=None if look == 1 else abs(looks[0][0] - no),
                reviewed_on=on,
            )
        )
    return told


@pytest.mark.parametrize("path", PATHS)
async def test_who_steers_reads_quality(client: httpx.AsyncClient, bearer: Any, path: str) -> None:
    assert (await client.get(path)).status_code == 401
    for role in ("agent", "technician", "frontend", "operator"):
        assert (await client.get(path, headers=bearer(role, "751"))).status_code == 403
    for role in ("supervisor", "director", "auditor"):
        assert (await client.get(path, headers=bearer(role, "751"))).status_code == 200


async def test_conformity_estimate_and_agreement(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    told: list[ev.Event] = []
    for n, (draw, looks) in enumerate(
        [
            ("random", [(0, 0), (0, 0)]),
            ("random", [(2, 1), (1, 1)]),
            ("random", [(1, 0)]),
            ("random", []),
            ("targeted", [(3, 2)]),
        ]
    ):
        told += looked_at(Life(f"q{n}"), n, draw, *looks)
    await feed([*told, *told])
    rows = (await client.get(PATHS[0], headers=bearer("director", "751"))).json()
    by_draw = {row["draw"]: row for row in rows}
    random = by_draw["random"]
    assert (random["drawn"], random["listed"], random["reviewed"], random["without_fault"]) == (4, 40, 3, 1)
    assert (random["with_effect"], random["conformity"]) == (1, 90.0)
    assert random["estimate"]["share"] == 33.3
    assert random["estimate"]["low"] < 33.3 < random["estimate"]["high"]
    assert (random["second_looks"], random["disagreements"], random["kappa"]) == (2, 1, 1.0)
    assert by_draw["targeted"]["estimate"] is None, "chosen for its reasons: it says nothing of the others"
    assert (await client.get(PATHS[0], headers=bearer("director", "931"))).json() == []
    figures = (await client.get("/indicators?period=2008-T1", headers=bearer("director", "751"))).json()["figures"]
    found = {(one["code"], one["part"]): one["value"] for one in figures}
    assert found["files_reviewed", "random"] == 3
    assert found["controlled", ""] == 4
    assert found["faults_with_effect", ""] == 2
    assert found["formal_faults", ""] == 1
    assert (found["answers_yes", ""], found["answers_no", ""], found["conformity_rate", ""]) == (27, 3, 90.0)
    assert (found["second_looks", ""], found["second_looks_differing", ""]) == (2, 1)


async def test_how_many_files_to_draw(client: httpx.AsyncClient, bearer: Any) -> None:
    got = await client.get("/supervision/sample-size?margin=5&population=1000", headers=bearer("supervisor", "751"))
    assert got.json() == {"margin": 5.0, "population": 1000, "files": 278}
